/** What every part of one conductor shares: made once by service.ts, passed along explicitly. */
import type { Config } from "../common/config/config.ts";
import type { EventSink } from "../common/events.ts";
import type { Logger } from "../common/log.ts";
import type { Stores } from "../db/contract.ts";
import type { DriverServices } from "../drivers/base/services.ts";
import type { DriverCatalogue } from "../drivers/registry.ts";
import type { Admission } from "./admission.ts";
import type { BmcLog } from "./bmc-log.ts";
import type { BootTraces } from "./boot/traces.ts";
import type { Clock } from "./clock.ts";
import type { LastHeard } from "./last-heard.ts";
import type { LockLines } from "./lock-lines.ts";
import type { Membership } from "./membership.ts";
import type { RestoreGate } from "./restore-gate.ts";
import type { RunningTasks } from "./running-tasks.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface Core {
  readonly hostname: string;
  /** New with each start: locks are taken and cleared under it. */
  readonly bootId: string;
  readonly config: Config;
  readonly stores: Stores;
  readonly events: EventSink;
  readonly log: Logger;
  readonly services: DriverServices;
  /** What drivers want done when the conductor stops. */
  readonly farewells: readonly (() => Promise<void>)[];
  readonly catalogue: DriverCatalogue;
  readonly pool: WorkerPool;
  readonly running: RunningTasks;
  readonly lines: LockLines;
  readonly admission: Admission;
  /** UUIDs of the allocations that this process is finding nodes for. */
  readonly allocating: Set<string>;
  readonly members: Membership;
  readonly gate: RestoreGate;
  readonly lastHeard: LastHeard;
  /** Null: nobody watches the boot services. */
  readonly bootTraces: Pick<BootTraces, "describe"> | null;
  /** Null: what is said to controllers is not remembered. */
  readonly bmcLog: BmcLog | null;
  readonly clock: Clock;
  /** Aborted when the conductor stops for good. */
  readonly stopping: AbortSignal;
}
