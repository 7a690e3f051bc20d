/** Opens the database that the configuration names, brings it to this program's schema and gives out its stores. */
import knex from "knex";
import type { Config } from "../common/config/config.ts";
import type { KeyRing } from "../common/encryption/key-ring.ts";
import type { Logger } from "../common/log.ts";
import type { Database, Stores } from "./contract.ts";
import { openDialect } from "./dialect/open.ts";
import { migrate, type Schema } from "./migrate.ts";
import { CompiledCache } from "./query/compile.ts";
import { openKeys } from "./secrets/open-keys.ts";
import { sealPlain } from "./secrets/seal-plain.ts";
import { Sealer } from "./secrets/sealer.ts";
import { SqlAllocationStore } from "./stores/allocation-store.ts";
import { SqlBootTicketStore } from "./stores/boot-ticket-store.ts";
import { SqlCallStore } from "./stores/call-store.ts";
import { SqlCensusStore } from "./stores/census-store.ts";
import { SqlChassisStore } from "./stores/chassis-store.ts";
import { SqlConductorStore } from "./stores/conductor-store.ts";
import { SqlDeployTemplateStore } from "./stores/deploy-template-store.ts";
import { type HistoryLimits, SqlHistoryStore } from "./stores/history-store.ts";
import { SqlInspectionRuleStore } from "./stores/inspection-rule-store.ts";
import { SqlInventoryStore } from "./stores/inventory-store.ts";
import { biosSettingStore, firmwareComponentStore } from "./stores/kept-parts-store.ts";
import { SqlLeaseStore } from "./stores/lease-store.ts";
import { SqlNodeStore } from "./stores/node-store.ts";
import { SqlPortStore } from "./stores/port-store.ts";
import { SqlPortgroupStore } from "./stores/portgroup-store.ts";
import { SqlRestoreStore } from "./stores/restore-store.ts";
import { SqlRunbookStore } from "./stores/runbook-store.ts";
import { SqlShardStore } from "./stores/shard-store.ts";
import { type StoreContext, timestamp } from "./stores/store-context.ts";
import { SqlVolumeConnectorStore } from "./stores/volume-connector-store.ts";
import { SqlVolumeTargetStore } from "./stores/volume-target-store.ts";

/**
 * `[database]connection`: empty for `<state_path>/ferric.sqlite`, `sqlite:///absolute/path`, `sqlite://` for one that
 * lives in memory, or the URL of a PostgreSQL or MariaDB server as Ironic has it. Disposing waits for writes under way.
 * @throws DatabaseKindUnknown, DatabaseUrlInvalid, DatabaseDriverMissing, DatabaseOpenFailed, DatabaseUnreachable,
 * DatabaseTooNew, DatabaseUnavailable when another process kept it locked; SecretKeysUnusable, SecretKeyMissing
 */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  const schema = await openSchema(config, log);
  const { engine, dialect, sql } = schema;
  let keys: KeyRing;
  try {
    await migrate(schema, log);
    keys = await openKeys(schema, config, log);
    await sealPlain(schema, keys, log);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const now = () => timestamp(new Date());
  const context: StoreContext = {
    engine,
    sql,
    dialect,
    compiled: new CompiledCache(),
    sealer: new Sealer(keys),
    log,
    now,
  };
  return {
    stores: storesOf(context, config.conductor),
    keys,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

/** The same, as it is found: nothing is migrated. The engine is to be closed. */
export async function openSchema(config: Config, log: Logger): Promise<Schema> {
  const { dialect, engine } = await openDialect(config, log);
  return { dialect, engine, sql: knex({ client: dialect.knexClient, useNullAsDefault: true }) };
}

function storesOf(context: StoreContext, limits: HistoryLimits): Stores {
  return {
    nodes: new SqlNodeStore(context),
    ports: new SqlPortStore(context),
    portgroups: new SqlPortgroupStore(context),
    volumeConnectors: new SqlVolumeConnectorStore(context),
    volumeTargets: new SqlVolumeTargetStore(context),
    shards: new SqlShardStore(context),
    census: new SqlCensusStore(context),
    chassis: new SqlChassisStore(context),
    conductors: new SqlConductorStore(context),
    bootTickets: new SqlBootTicketStore(context),
    leases: new SqlLeaseStore(context),
    history: new SqlHistoryStore(context, limits),
    inventory: new SqlInventoryStore(context),
    allocations: new SqlAllocationStore(context),
    deployTemplates: new SqlDeployTemplateStore(context),
    runbooks: new SqlRunbookStore(context),
    inspectionRules: new SqlInspectionRuleStore(context),
    biosSettings: biosSettingStore(context),
    firmwareComponents: firmwareComponentStore(context),
    calls: new SqlCallStore(context),
    restores: new SqlRestoreStore(context),
  };
}
