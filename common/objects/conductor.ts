/** A conductor as registered. */
import type { InterfaceType } from "./node.ts";

export interface Conductor {
  readonly id: number;
  readonly hostname: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly conductor_group: string;
  /** Hardware types it offers. */
  readonly drivers: readonly string[];
  /** Takes new work; a conductor that is alive and not online is about to leave. */
  readonly online: boolean;
  /** New with each start of the process: locks are taken and cleared under it. Empty once it has left. */
  readonly boot_id: string;
  /** It has beaten within the heartbeat timeout, by the database's clock, and has not left. */
  readonly alive: boolean;
}

/** One enabled interface of one hardware type on one conductor. */
export interface HardwareInterfaceRow {
  readonly hostname: string;
  readonly hardware_type: string;
  readonly interface_type: InterfaceType;
  readonly interface_name: string;
  readonly is_default: boolean;
}
