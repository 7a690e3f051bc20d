/** Volume targets of nodes. Secret values of their properties lie in a table of their own; what is read is masked. */
import { NodeNotFound } from "../../common/errors/node.ts";
import {
  VolumeTargetAlreadyExists,
  VolumeTargetBootIndexAlreadyExists,
  VolumeTargetNotFound,
} from "../../common/errors/volume.ts";
import type { NewVolumeTarget, VolumeTarget, VolumeTargetChanges } from "../../common/objects/volume.ts";
import type { Query, Reading, VolumeTargetStore } from "../contract.ts";
import { rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { revealSecrets, type Secrets, splitSecrets } from "../records/secret-split.ts";
import { volumeTargetTable } from "../records/tables.ts";
import { TARGET_SECRETS } from "../secrets/sealer.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import { givenColumns, type StoreContext } from "./store-context.ts";

const SECRETS = TARGET_SECRETS.name;

export class SqlVolumeTargetStore implements VolumeTargetStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<VolumeTarget>;
  readonly #writer: RecordWriter<VolumeTarget>;
  readonly #selectSecrets: Compiled;
  readonly #insertSecret: Compiled;
  readonly #deleteSecrets: Compiled;

  constructor(context: StoreContext) {
    const { sql } = context;
    const target = { target_uuid: param("target") };
    this.#context = context;
    this.#reader = new RecordReader(context, volumeTargetTable, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: (uuid) => VolumeTargetNotFound({ target: uuid }),
    });
    this.#writer = new RecordWriter(context, volumeTargetTable);
    this.#selectSecrets = compile(sql(SECRETS).select("path", "value", "key_id").where(target));
    this.#insertSecret = compile(
      sql(SECRETS).insert({ ...target, path: param("path"), value: param("value"), key_id: param("key_id") }),
    );
    this.#deleteSecrets = compile(sql(SECRETS).delete().where(target));
  }

  get(uuid: string, reading: Reading = {}): Promise<VolumeTarget> {
    return this.#context.engine.read(() => this.#existing(uuid, reading));
  }

  find(uuid: string, reading: Reading = {}): Promise<VolumeTarget | null> {
    return this.#context.engine.read(() => this.#reader.one("uuid", uuid, reading));
  }

  list(query: Query = {}): Promise<readonly VolumeTarget[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  revealedOfNode(nodeUuid: string): Promise<readonly VolumeTarget[]> {
    return this.#context.engine.snapshot(() => this.#revealedOfNode(nodeUuid));
  }

  create(values: NewVolumeTarget): Promise<VolumeTarget> {
    return this.#context.engine.write(() => this.#create(values));
  }

  update(uuid: string, changes: VolumeTargetChanges): Promise<VolumeTarget> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  *#create(values: NewVolumeTarget): Work<VolumeTarget> {
    const { uuid } = values;
    const { masked, secrets } = splitSecrets(values.properties ?? {}, new Map());
    const row = { extra: {}, ...givenColumns(values), properties: masked, uuid, created_at: this.#context.now() };
    const target = yield* this.#insert(row, values);
    yield* this.#putSecrets(uuid, secrets);
    return target;
  }

  *#insert(row: Readonly<Record<string, unknown>>, values: NewVolumeTarget): Work<VolumeTarget> {
    try {
      return yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, values.uuid, values);
    }
  }

  *#update(uuid: string, changes: VolumeTargetChanges): Work<VolumeTarget> {
    const before = yield* this.#reader.oneToChange("uuid", uuid);
    if (before === null) throw VolumeTargetNotFound({ target: uuid });
    const { properties } = changes;
    const split =
      properties === undefined ? null : splitSecrets(properties, yield* this.#secretsOf(uuid), before.properties);
    const masked = split === null ? {} : { properties: split.masked };
    try {
      const row = { ...givenColumns(changes), ...masked, updated_at: this.#context.now() };
      yield* this.#writer.update([{ field: "uuid", is: uuid }], row);
    } catch (error) {
      throw this.#refusal(error, uuid, { ...before, ...changes });
    }
    if (split !== null) {
      yield this.#deleteSecrets.bind({ target: uuid });
      yield* this.#putSecrets(uuid, split.secrets);
    }
    return yield* this.#existing(uuid);
  }

  *#destroy(uuid: string): Work<void> {
    const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
    if (removed === 0) throw VolumeTargetNotFound({ target: uuid });
  }

  *#revealedOfNode(nodeUuid: string): Work<readonly VolumeTarget[]> {
    const where = [{ field: "node_uuid", is: nodeUuid }];
    const revealed: VolumeTarget[] = [];
    for (const target of yield* this.#reader.many({ where, sortKey: "boot_index" })) {
      const properties = revealSecrets(target.properties, yield* this.#secretsOf(target.uuid));
      revealed.push({ ...target, properties });
    }
    return revealed;
  }

  *#secretsOf(uuid: string): Work<Secrets> {
    const rows = yield* rowsOf(this.#selectSecrets.bind({ target: uuid }));
    const { sealer } = this.#context;
    return new Map(
      rows.map(([path = null, value = null, key = null]) => [
        String(path),
        sealer.open(TARGET_SECRETS, [uuid, path], value, key),
      ]),
    );
  }

  *#putSecrets(uuid: string, secrets: Secrets): Work<void> {
    for (const [path, plain] of secrets)
      yield this.#insertSecret.bind({
        target: uuid,
        path,
        ...this.#context.sealer.seal(TARGET_SECRETS, [uuid, path], plain),
      });
  }

  *#existing(uuid: string, reading: Reading = {}): Work<VolumeTarget> {
    const target = yield* this.#reader.one("uuid", uuid, reading);
    if (target === null) throw VolumeTargetNotFound({ target: uuid });
    return target;
  }

  #refusal(error: unknown, uuid: string, values: VolumeTargetChanges): unknown {
    const { node_uuid: node = "", boot_index } = values;
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return VolumeTargetAlreadyExists({ uuid }, error);
    if (column === "node_uuid") return VolumeTargetBootIndexAlreadyExists({ node, index: String(boot_index) }, error);
    return this.#context.dialect.isMissingReference(error) ? NodeNotFound({ node }, error) : error;
  }
}
