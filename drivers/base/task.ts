/** What a driver sees of the work on one node; the conductor implements it. */
import type { Context } from "../../common/context.ts";
import type { EventBody } from "../../common/events.ts";
import type { Json } from "../../common/json.ts";
import type { Node, NodeChanges } from "../../common/objects/node.ts";
import type { Port, PortChanges } from "../../common/objects/port.ts";
import type { Driver } from "./interfaces.ts";

export interface Task {
  /** As last read or saved, with secrets revealed. */
  readonly node: Node;
  readonly driver: Driver;
  /** Shared tasks hold no lock and must not act. */
  readonly shared: boolean;
  readonly purpose: string;
  readonly context: Context;
  /** Aborted on shutdown, on abort of the operation and when the lock is lost: pass it to every client, socket and child process. */
  readonly signal: AbortSignal;
  /** Milliseconds until the machine is expected to be asked again, where that is known: how long to keep a session. */
  readonly nextUseMs?: number | undefined;
  ports(): Promise<readonly Port[]>;
  updatePort(uuid: string, changes: PortChanges): Promise<Port>;
  createPort(values: { address: string } & PortChanges): Promise<Port>;
  removePort(uuid: string): Promise<void>;
  /** Saves changes of the node at once, checked against the lock's number. @throws LockLost */
  save(changes: NodeChanges): Promise<void>;
  /** Sets or (with undefined) removes keys of driver_internal_info, saved at once. */
  remember(changes: Readonly<Record<string, Json | undefined>>): Promise<void>;
  /** To be called before every outward action: a conductor that froze must not act for its successor. @throws LockLost */
  ensureLock(): Promise<void>;
  /** An event about this node. */
  tell(body: EventBody): void;
}
