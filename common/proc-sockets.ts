/** Sockets as Linux tells them in proc(5): the tables of /proc/net, and what descriptors of processes lead to. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface SocketRow {
  /** Address and port in hexadecimal digits, "0100007F:1A0B". */
  readonly local: string;
  /** In hexadecimal digits; "0A" is a listening one. */
  readonly state: string;
  /** As a descriptor's link says it: "socket:[4711]". */
  readonly link: string;
}

/** Empty where there is no such table. */
export function socketTable(name: "tcp" | "tcp6" | "udp" | "udp6"): readonly SocketRow[] {
  const lines = procText(`/proc/net/${name}`).split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .map((fields) => ({ local: fields[1] ?? "", state: fields[3] ?? "", link: `socket:[${fields[9]}]` }));
}

export function portDigits(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** Descriptors of a process with what they lead to; empty for one that is gone or not ours to see. */
export function descriptorsOf(pid: string): readonly (readonly [descriptor: number, link: string])[] {
  const folder = `/proc/${pid}/fd`;
  return entriesOf(folder).map((name) => [Number(name), linkOf(`${folder}/${name}`)] as const);
}

/** Names in a folder of /proc; empty for what is gone or not ours to see. */
export function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The text of a file of /proc; empty for what is gone or not ours to see. */
export function procText(file: string): string {
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
