/** Allocations: which node is theirs is written twice, here and in the node; the conductor keeps both in step under the node's lock. */
import { AllocationAlreadyExists, AllocationDuplicateName, AllocationNotFound } from "../../common/errors/request.ts";
import type { Allocation, AllocationChanges, NewAllocation } from "../../common/objects/allocation.ts";
import type { AllocationStore, Condition, Query, Reading } from "../contract.ts";
import { allocationTable } from "../records/named-tables.ts";
import { NamedRecords } from "./named-records.ts";
import type { StoreContext } from "./store-context.ts";

const EMPTY = { state: "allocating", candidate_nodes: [], traits: [], extra: {} } satisfies AllocationChanges;

export class SqlAllocationStore implements AllocationStore {
  readonly #records: NamedRecords<Allocation>;

  constructor(context: StoreContext) {
    this.#records = new NamedRecords(context, allocationTable, {
      notFound: (allocation) => AllocationNotFound({ allocation }),
      uuidTaken: (uuid, cause) => AllocationAlreadyExists({ uuid }, cause),
      nameTaken: (name, cause) => AllocationDuplicateName({ name }, cause),
    });
  }

  get(ident: string, reading?: Reading): Promise<Allocation> {
    return this.#records.get(ident, reading);
  }

  find(ident: string, reading?: Reading): Promise<Allocation | null> {
    return this.#records.find(ident, reading);
  }

  list(query?: Query): Promise<readonly Allocation[]> {
    return this.#records.list(query);
  }

  create(values: NewAllocation): Promise<Allocation> {
    return this.#records.create({ uuid: values.uuid, name: values.name ?? null }, { ...EMPTY, ...values });
  }

  update(uuid: string, changes: AllocationChanges, where?: readonly Condition[]): Promise<Allocation> {
    return this.#records.update(uuid, { ...changes }, where);
  }

  destroy(uuid: string, where?: readonly Condition[]): Promise<boolean> {
    return this.#records.remove(uuid, where);
  }
}
