/** The agent of the operating system on a node's machine, by keys of its driver_info that are ferric's own. */
import type { BmcExchange, ObserveExchange } from "../../../common/bmc-exchange.ts";
import type { HostReading } from "../../../common/host-metrics.ts";
import type { Node } from "../../../common/objects/node.ts";
import { withSnmp } from "../client/session.ts";
import { snmpAgentOf, snmpProperties } from "../connection.ts";
import { readHost } from "./read-host.ts";

export const HOST_PROPERTIES = snmpProperties("host_snmp", "the SNMP agent of the machine's operating system");

const LIMITS = { timeoutMs: 2000, retries: 2 } as const;

/** @throws MissingParameterValue, InvalidParameterValue, SnmpError, the signal's reason */
export async function hostReadings(
  { uuid, driver_info }: Pick<Node, "uuid" | "driver_info">,
  signal: AbortSignal,
  observe?: ObserveExchange,
): Promise<readonly HostReading[]> {
  const agent = snmpAgentOf(driver_info, "host_snmp", LIMITS);
  const address = `${agent.host}:${agent.port}`;
  const tell = (request: string, answer: string | null, fault: string | null, ms: number) => {
    const exchange: BmcExchange = { protocol: "snmp", address, request, answer, fault, ms };
    observe?.(uuid, exchange);
  };
  return await withSnmp(agent, signal, readHost, tell);
}
