/** What was said to a machine's controller, once: for the recorder, the metrics and an operator who asks why. */

export type BmcProtocol = "ipmi" | "redfish" | "snmp" | "ssh" | "amt" | "iboot" | "wol";

export interface BmcExchange {
  readonly protocol: BmcProtocol;
  /** Host and port, without a user or a password. */
  readonly address: string;
  /** In words, such as "Get Chassis Status" or "GET /redfish/v1/Systems/1"; no secrets. */
  readonly request: string;
  /** What came back, cut to a readable length, secrets masked; null when nothing came. */
  readonly answer: string | null;
  /** Why it failed, in words; null when it did not. */
  readonly fault: string | null;
  /** Milliseconds from the first packet to the answer or to giving up. */
  readonly ms: number;
}

/** Told of each exchange about a node, by the node's UUID; must not throw, and keeps no reference to what it is given. */
export type ObserveExchange = (node: string, exchange: BmcExchange) => void;

/** An exchange as an operator is told of it, secrets masked. */
export interface LoggedExchange extends BmcExchange {
  /** When it was over; ISO 8601 UTC. */
  readonly at: string;
}
