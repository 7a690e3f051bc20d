/** The outlet that feeds a node: the snmp_* keys of driver_info (Ironic's names) that choose PDU model and outlet. */
import type { Config } from "../../common/config/config.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { missing, oneOf, wordOf, wrong } from "../driver-info.ts";
import type { SnmpAgent } from "./client/session.ts";
import { snmpAgentOf, snmpProperties } from "./connection.ts";
import { PDU_MODELS } from "./pdu-models.ts";

const AUTO = "auto";

export const OUTLET_PROPERTIES: Readonly<Record<string, string>> = {
  snmp_driver: `Model of the PDU: ${Object.keys(PDU_MODELS).join(", ")}, or ${AUTO} to ask the PDU itself. Required.`,
  snmp_outlet: "Number of the outlet that feeds the machine, or its instance in the PDU's table, as 2.1.5. Required.",
  ...snmpProperties("snmp", "the PDU"),
};

export interface Outlet {
  /** Null: to be asked of the PDU. */
  readonly model: string | null;
  readonly outlet: string;
  /** Reads and sets may have a community each. */
  readonly reader: SnmpAgent;
  readonly writer: SnmpAgent;
}

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function outletOf(info: JsonObject, { snmp }: Pick<Config, "snmp">): Outlet {
  const models = [AUTO, ...Object.keys(PDU_MODELS)];
  if (wordOf(info.snmp_driver) === null) throw missing("snmp_driver", `set it to one of ${models.join(", ")}`);
  const model = oneOf(info, "snmp_driver", models, AUTO);
  const outlet = wordOf(info.snmp_outlet);
  if (outlet === null) throw missing("snmp_outlet", "set it to the number of the outlet that feeds the machine");
  if (!/^[1-9]\d{0,4}(\.\d{1,5}){0,5}$/.test(outlet))
    throw wrong("snmp_outlet", outlet, "a number from 1, or numbers with dots between them");
  if (wordOf(info.snmp_context_engine_id) !== null)
    throw InvalidParameterValue({
      reason:
        "driver_info/snmp_context_engine_id cannot be chosen: the PDU's own engine is always taken; remove the key.",
    });
  const limits = { timeoutMs: snmp.udp_transport_timeout * 1000, retries: snmp.udp_transport_retries };
  return {
    model: model === AUTO ? null : model,
    outlet,
    reader: snmpAgentOf(info, "snmp", limits, "read"),
    writer: snmpAgentOf(info, "snmp", limits, "write"),
  };
}
