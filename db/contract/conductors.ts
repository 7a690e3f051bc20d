/** Conductors: who is registered, who is alive, what they offer. Times are those of the database's clock. */
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import type { Query } from "./query.ts";

/**
 * kept: in time. lapsed: it counts again, but did not for a while, and others may have taken its nodes. gone: its row was
 * removed meanwhile. replaced: another process has registered under the name.
 */
export type BeatOutcome = "kept" | "lapsed" | "gone" | "replaced";

export interface ConductorStore {
  /** Replaces what stood under the host name, with a new boot id. */
  register(
    values: { hostname: string; boot_id: string; conductor_group: string; drivers: readonly string[] },
    interfaces: readonly Omit<HardwareInterfaceRow, "hostname">[],
  ): Promise<Conductor>;
  beat(hostname: string, bootId: string, timeoutSeconds: number): Promise<BeatOutcome>;
  /** `online` false while it goes on beating: it gets no new work, and keeps what it holds. */
  drain(hostname: string, bootId: string): Promise<void>;
  /** Left in good order: it is not alive from now on, and what it still holds is free to be taken. */
  leave(hostname: string, bootId: string): Promise<void>;
  /** `alive`: it has beaten within `timeoutSeconds` and has not left. */
  list(timeoutSeconds: number, query?: Query): Promise<readonly Conductor[]>;
  get(hostname: string, timeoutSeconds: number): Promise<Conductor>;
  interfaces(): Promise<readonly HardwareInterfaceRow[]>;
  /** Removes conductors not heard of for `seconds` that hold no node's lock; returns their host names. */
  removeStale(seconds: number): Promise<readonly string[]>;
}
