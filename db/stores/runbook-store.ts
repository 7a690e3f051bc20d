/** Runbooks, found by UUID or name. */
import { RunbookAlreadyExists, RunbookDuplicateName, RunbookNotFound } from "../../common/errors/request.ts";
import type { NewRunbook, Runbook, RunbookChanges } from "../../common/objects/runbook.ts";
import type { Query, Reading, RunbookStore } from "../contract.ts";
import { runbookTable } from "../records/named-tables.ts";
import { NamedRecords } from "./named-records.ts";
import type { StoreContext } from "./store-context.ts";

const EMPTY = { extra: {}, traits: [], public: false, disable_ramdisk: false } satisfies RunbookChanges;

export class SqlRunbookStore implements RunbookStore {
  readonly #records: NamedRecords<Runbook>;

  constructor(context: StoreContext) {
    this.#records = new NamedRecords(context, runbookTable, {
      notFound: (runbook) => RunbookNotFound({ runbook }),
      uuidTaken: (uuid, cause) => RunbookAlreadyExists({ uuid }, cause),
      nameTaken: (name, cause) => RunbookDuplicateName({ name }, cause),
    });
  }

  get(ident: string, reading?: Reading): Promise<Runbook> {
    return this.#records.get(ident, reading);
  }

  find(ident: string, reading?: Reading): Promise<Runbook | null> {
    return this.#records.find(ident, reading);
  }

  list(query?: Query): Promise<readonly Runbook[]> {
    return this.#records.list(query);
  }

  create(values: NewRunbook): Promise<Runbook> {
    return this.#records.create(values, { ...EMPTY, ...values });
  }

  update(uuid: string, changes: RunbookChanges): Promise<Runbook> {
    return this.#records.update(uuid, { ...changes });
  }

  async destroy(uuid: string): Promise<void> {
    if (!(await this.#records.remove(uuid))) throw RunbookNotFound({ runbook: uuid });
  }
}
