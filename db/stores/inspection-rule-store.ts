/** Inspection rules, found by UUID. */
import { InspectionRuleAlreadyExists, InspectionRuleNotFound } from "../../common/errors/request.ts";
import type { InspectionRule, InspectionRuleChanges, NewInspectionRule } from "../../common/objects/inspection-rule.ts";
import type { InspectionRuleStore, Query, Reading } from "../contract.ts";
import type { Work } from "../engine.ts";
import { inspectionRuleTable } from "../records/inspection-tables.ts";
import { SealedLists } from "../secrets/sealed-lists.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

const EMPTY = { priority: 0, sensitive: false, phase: "main", conditions: [] } satisfies InspectionRuleChanges;

export class SqlInspectionRuleStore implements InspectionRuleStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<InspectionRule>;
  readonly #writer: RecordWriter<InspectionRule>;
  readonly #sealed: SealedLists;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#reader = new RecordReader(context, inspectionRuleTable, {
      always: ["id", "uuid", "sensitive"],
      markerColumn: "uuid",
      notFound: (rule) => InspectionRuleNotFound({ rule }),
    });
    this.#writer = new RecordWriter(context, inspectionRuleTable);
    this.#sealed = new SealedLists(context.sealer, inspectionRuleTable);
  }

  get(uuid: string, reading: Reading = {}): Promise<InspectionRule> {
    return this.#context.engine.read(() => this.#existing(uuid, reading));
  }

  list(query: Query = {}): Promise<readonly InspectionRule[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  create(values: NewInspectionRule): Promise<InspectionRule> {
    return this.#context.engine.write(() => this.#create(values));
  }

  update(uuid: string, changes: InspectionRuleChanges): Promise<InspectionRule> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  destroyAll(): Promise<number> {
    return this.#context.engine.write(() => this.#writer.remove([]));
  }

  *#create(values: NewInspectionRule): Work<InspectionRule> {
    try {
      const row = { ...EMPTY, ...values, created_at: this.#context.now() };
      return yield* this.#writer.create(this.#sealed.seal(values.uuid, row));
    } catch (error) {
      throw this.#refusal(error, values.uuid);
    }
  }

  *#update(uuid: string, changes: InspectionRuleChanges): Work<InspectionRule> {
    const moved = changes.uuid === undefined ? {} : yield* this.#lists(uuid);
    const row = this.#sealed.seal(changes.uuid ?? uuid, { ...moved, ...changes, updated_at: this.#context.now() });
    try {
      const changed = yield* this.#writer.update([{ field: "uuid", is: uuid }], row);
      if (changed === 0) throw InspectionRuleNotFound({ rule: uuid });
    } catch (error) {
      throw this.#refusal(error, changes.uuid ?? uuid);
    }
    return yield* this.#existing(changes.uuid ?? uuid);
  }

  /** They are bound to the UUID: under another they are sealed anew. */
  *#lists(uuid: string): Work<InspectionRuleChanges> {
    const rule = yield* this.#reader.oneToChange("uuid", uuid);
    if (rule === null) throw InspectionRuleNotFound({ rule: uuid });
    return { conditions: rule.conditions, actions: rule.actions };
  }

  *#destroy(uuid: string): Work<void> {
    const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
    if (removed === 0) throw InspectionRuleNotFound({ rule: uuid });
  }

  *#existing(uuid: string, reading: Reading = {}): Work<InspectionRule> {
    const rule = yield* this.#reader.one("uuid", uuid, reading);
    if (rule === null) throw InspectionRuleNotFound({ rule: uuid });
    return rule;
  }

  #refusal(error: unknown, uuid: string): unknown {
    return this.#context.dialect.uniqueViolation(error) === null ? error : InspectionRuleAlreadyExists({ uuid }, error);
  }
}
