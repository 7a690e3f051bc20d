/** Who has a port, as far as the system tells. */
import { descriptorsOf, entriesOf, portDigits, procText, socketTable } from "../../common/proc-sockets.ts";

export type Protocol = "tcp" | "udp";

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
  readonly isFerric: boolean;
}

const LISTENING = "0A";

/** Null where nobody is found: it may be another user's process. */
export function holderOf(protocol: Protocol, port: number): PortHolder | null {
  const sockets = new Set([...links(protocol, port), ...links(`${protocol}6`, port)]);
  if (sockets.size === 0) return null;
  for (const pid of entriesOf("/proc").filter((name) => /^\d+$/.test(name)))
    if (descriptorsOf(pid).some(([, link]) => sockets.has(link))) return describe(pid);
  return null;
}

function links(table: Protocol | `${Protocol}6`, port: number): readonly string[] {
  return socketTable(table)
    .filter(({ local, state }) => local.endsWith(`:${portDigits(port)}`) && (/^udp/.test(table) || state === LISTENING))
    .map(({ link }) => link);
}

function describe(pid: string): PortHolder {
  const command = procText(`/proc/${pid}/cmdline`).split("\u0000");
  const name = procText(`/proc/${pid}/comm`).trim();
  return { pid: Number(pid), name, isFerric: command.some((word) => /ferric|bootstrap\.mjs/.test(word)) };
}
