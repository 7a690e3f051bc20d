/** On which port a node's console is offered: its own by driver_info, or a free one of [console]port_range. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { Config } from "../../../common/config/config.ts";
import { IpmiFailure } from "../../../common/errors/driver.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../../common/errors/request.ts";
import { type Json, type JsonObject, writtenOf } from "../../../common/json.ts";
import type { Node } from "../../../common/objects/node.ts";
import type { Task } from "../../base/task.ts";
import { PROPERTIES } from "../connection.ts";

export const CONSOLE_PROPERTIES: Readonly<Record<string, string>> = {
  ...PROPERTIES,
  ipmi_terminal_port:
    "Port on which the conductor offers the console. Required for the serial console unless [console]port_range is set.",
};

/** In driver_internal_info, as Ironic names it: the port that was chosen from the range. */
const ALLOCATED = "allocated_ipmi_terminal_port";
const LAST_PORT = 65_535;

/** Null: one of the range is to be chosen. @throws MissingParameterValue, InvalidParameterValue naming key and remedy */
export function wantedPort(info: JsonObject, config: Config): number | null {
  const given = info.ipmi_terminal_port;
  if (given !== undefined && given !== null && given !== "") return portOf(given);
  if (rangeOf(config) !== null) return null;
  throw MissingParameterValue({
    reason:
      "driver_info/ipmi_terminal_port is missing; set it to the port that the console is offered on, or set [console]port_range.",
  });
}

/** The port of a console that was started. */
export function consolePort(node: Pick<Node, "driver_info" | "driver_internal_info">, config: Config): number {
  const allocated = node.driver_internal_info[ALLOCATED];
  return wantedPort(node.driver_info, config) ?? (typeof allocated === "number" ? allocated : 0);
}

/** As consolePort, choosing a free one and noting it where none is given. */
export async function choosePort(task: Task, config: Config): Promise<number> {
  const wanted = wantedPort(task.node.driver_info, config);
  if (wanted !== null) return wanted;
  const noted = consolePort(task.node, config);
  const { first, last } = rangeOf(config) ?? { first: 1, last: 0 };
  const candidates = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  for (const port of noted >= first && noted <= last ? [noted, ...candidates] : candidates) {
    if (!(await isFree(port, config.console.socat_address))) continue;
    if (port !== noted) await task.remember({ [ALLOCATED]: port });
    return port;
  }
  throw IpmiFailure({ cmd: "console", reason: `all ports of [console]port_range ${first}:${last} are in use.` });
}

/** As clients expect it: "socat" is a plain TCP connection, whoever offers it. */
export function consoleInfo(node: Pick<Node, "driver_info" | "driver_internal_info">, config: Config): JsonObject {
  const { socat_address: address } = config.console;
  const host = address.includes(":") ? `[${address}]` : address;
  return { type: "socat", url: `tcp://${host}:${consolePort(node, config)}` };
}

function portOf(given: Json): number {
  const port = Number(writtenOf(given));
  if (!/^\d+$/.test(writtenOf(given)) || port < 1 || port > LAST_PORT)
    throw InvalidParameterValue({
      reason: `driver_info/ipmi_terminal_port is "${writtenOf(given)}"; expected a port from 1 to ${LAST_PORT}.`,
    });
  return port;
}

function rangeOf(config: Config): { first: number; last: number } | null {
  const range = config.console.port_range;
  if (range === null) return null;
  const [, first, last] = /^(\d+):(\d+)$/.exec(range.trim()) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last) || Number(last) > LAST_PORT)
    throw InvalidParameterValue({
      reason: `[console]port_range is "${range}"; expected two ports such as 10000:20000.`,
    });
  return { first: Number(first), last: Number(last) };
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer().listen(port, address);
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
