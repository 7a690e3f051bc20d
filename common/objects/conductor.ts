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
  readonly online: boolean;
  /** New with each start of the process: locks are taken and cleared under it. */
  readonly boot_id: string;
  /** Judged by the database's clock against the heartbeat timeout. */
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
