/** What the API is given at start, and what its handlers work with. */
import type { Config } from "../common/config/config.ts";
import type { EventBus } from "../common/events.ts";
import { LoadMeter } from "../common/load-meter.ts";
import type { Logger } from "../common/log.ts";
import type { Transport } from "../common/rpc/transport.ts";
import type { Stores } from "../db/contract.ts";
import { Audit } from "./audit/audit.ts";
import type { AuditFile } from "./audit/audit-file.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { ConductorDirectory } from "./conductors.ts";
import { PageKeeper } from "./engine/kept-page.ts";
import { TextKeeper } from "./engine/kept-text.ts";
import { SourceRate } from "./middleware/source-rate.ts";
import type { Policy } from "./policy/enforce.ts";
import type { RequestTally } from "./request-tally.ts";
import { RoutedTransport } from "./routed-transport.ts";

/** Room for the full texts of 12,000 nodes. */
const KEPT_TEXT_BYTES = 40 * 1024 * 1024;

/** Room for the full pages of 10,000 nodes: who reads them all goes round, and with less would never find one kept. */
const KEPT_PAGE_BYTES = 36 * 1024 * 1024;

export interface ApiDeps {
  readonly config: Config;
  readonly stores: Stores;
  readonly transport: Transport;
  readonly events: EventBus;
  readonly log: Logger;
  /** In place of the one that [DEFAULT]auth_strategy names. */
  readonly authenticator?: Authenticator;
  /** Opens the audit log of the API at this port; absent: none is kept. @throws AuditFileUnusable */
  readonly openAudit?: (port: number) => AuditFile | null;
  /** Counts requests; absent: nobody wants to know. */
  readonly requests?: RequestTally;
  /** Tells others of what the API writes; absent: nobody wants to know. */
  readonly watchWrites?: (writes: Writes) => Writes;
}

/** The ways by which the API writes: it asks a conductor, or does it itself. */
export interface Writes {
  readonly transport: Transport;
  readonly stores: Stores;
}

export interface Services extends Omit<ApiDeps, "authenticator"> {
  readonly conductors: ConductorDirectory;
  /** Null: callers are not asked who they are. */
  readonly authenticator: Authenticator | null;
  readonly policy: Policy;
  readonly audit: Audit;
  /** Of what agents ask without credentials. */
  readonly ramdiskRate: SourceRate;
  /** Of this process; whoever asks for its health reads it. */
  readonly load: LoadMeter;
  readonly texts: TextKeeper;
  readonly pages: PageKeeper;
  /** Aborted when the server stops: streams end. */
  readonly closing: AbortSignal;
}

export function makeServices(
  deps: ApiDeps,
  { authenticator, policy }: Pick<Services, "authenticator" | "policy">,
  closing: AbortSignal,
): Services {
  const conductors = new ConductorDirectory(deps.stores.conductors, deps.config.conductor.heartbeat_timeout);
  const texts = new TextKeeper(KEPT_TEXT_BYTES);
  const audit = new Audit(deps.config.audit, deps.log);
  const transport = new RoutedTransport(deps.transport, conductors, deps.stores.nodes, audit.noteNode);
  const writes = { transport, stores: deps.stores };
  return {
    ...deps,
    ...(deps.watchWrites?.(writes) ?? writes),
    conductors,
    authenticator,
    policy,
    audit,
    ramdiskRate: SourceRate.ofRamdisks(deps.config),
    load: new LoadMeter(),
    texts,
    pages: new PageKeeper(KEPT_PAGE_BYTES),
    closing,
  };
}
