/** Chassis: nodes refer to them by UUID, and follow when it changes. */
import { ChassisAlreadyExists, ChassisNotEmpty, ChassisNotFound } from "../../common/errors/request.ts";
import type { Chassis, ChassisChanges, NewChassis } from "../../common/objects/chassis.ts";
import type { ChassisStore, Query, Reading } from "../contract.ts";
import type { Work } from "../engine.ts";
import { chassisTable } from "../records/tables.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

export class SqlChassisStore implements ChassisStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<Chassis>;
  readonly #writer: RecordWriter<Chassis>;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#reader = new RecordReader(context, chassisTable, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: (chassis) => ChassisNotFound({ chassis }),
    });
    this.#writer = new RecordWriter(context, chassisTable);
  }

  get(uuid: string, reading: Reading = {}): Promise<Chassis> {
    return this.#context.engine.read(() => this.#existing(uuid, reading));
  }

  list(query: Query = {}): Promise<readonly Chassis[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  create(values: NewChassis): Promise<Chassis> {
    return this.#context.engine.write(() => this.#create(values));
  }

  update(uuid: string, changes: ChassisChanges): Promise<Chassis> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  *#create(values: NewChassis): Work<Chassis> {
    const row = { extra: {}, ...columnsOf(values), created_at: this.#context.now() };
    try {
      return yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, values.uuid);
    }
  }

  *#update(uuid: string, changes: ChassisChanges): Work<Chassis> {
    const row = { ...columnsOf(changes), updated_at: this.#context.now() };
    try {
      const changed = yield* this.#writer.update([{ field: "uuid", is: uuid }], row);
      if (changed === 0) throw ChassisNotFound({ chassis: uuid });
    } catch (error) {
      throw this.#refusal(error, changes.uuid ?? uuid);
    }
    return yield* this.#existing(changes.uuid ?? uuid);
  }

  *#destroy(uuid: string): Work<void> {
    try {
      const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
      if (removed === 0) throw ChassisNotFound({ chassis: uuid });
    } catch (error) {
      throw this.#context.dialect.isMissingReference(error) ? ChassisNotEmpty({ chassis: uuid }, error) : error;
    }
  }

  *#existing(uuid: string, reading: Reading = {}): Work<Chassis> {
    const chassis = yield* this.#reader.one("uuid", uuid, reading);
    if (chassis === null) throw ChassisNotFound({ chassis: uuid });
    return chassis;
  }

  #refusal(error: unknown, uuid: string): unknown {
    return this.#context.dialect.uniqueViolation(error) === null ? error : ChassisAlreadyExists({ uuid }, error);
  }
}

function columnsOf({ uuid, description, extra }: ChassisChanges): Record<string, unknown> {
  const given = Object.entries({ uuid, description, extra }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}
