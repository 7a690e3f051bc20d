/** Who has a port, as far as the system tells: proc(5), /proc/net/tcp and the descriptors of processes. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type Protocol = "tcp" | "udp";

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
  readonly isFerric: boolean;
}

const LISTENING = "0A";

/** Null where nobody is found: it may be another user's process. */
export function holderOf(protocol: Protocol, port: number): PortHolder | null {
  const sockets = new Set([...inodes(protocol, port), ...inodes(`${protocol}6`, port)].map((one) => `socket:[${one}]`));
  if (sockets.size === 0) return null;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name)))
    if (list(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)))) return describe(pid);
  return null;
}

function inodes(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return text(`/proc/net/${table}`)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && (table.startsWith("udp") || state === LISTENING))
    .map((fields) => fields[9] ?? "");
}

function describe(pid: string): PortHolder {
  const command = text(`/proc/${pid}/cmdline`).split("\u0000");
  const name = text(`/proc/${pid}/comm`).trim();
  return { pid: Number(pid), name, isFerric: command.some((word) => /ferric|bootstrap\.mjs/.test(word)) };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
