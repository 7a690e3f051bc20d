/** Commands of each kind of host, as data: what ferric brings, and what a file of the operator's adds. */
import { readFileSync } from "node:fs";
import { reasonOf } from "../../common/errors/fault.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";

/** Words of one command; {name}, {uri} and {device} stand for the machine, [ssh]libvirt_uri and the boot device. */
export type Command = readonly string[];

export interface VirtType {
  readonly state: Command;
  /** What the answer to `state` contains in either state. */
  readonly says: { readonly on: readonly string[]; readonly off: readonly string[] };
  readonly on: Command;
  readonly off: Command;
  /** The power button; absent: the type has none. */
  readonly soft?: Command;
  readonly nmi?: Command;
  readonly boot?: BootCommands;
}

/** `names`: the host's words for Ironic's boot devices. */
export type BootCommands =
  | { readonly by: "command"; readonly names: Readonly<Record<string, string>>; readonly set: Command }
  /** libvirt: the definition is read, its boot order replaced, and defined again from standard input. */
  | {
      readonly by: "definition";
      readonly names: Readonly<Record<string, string>>;
      readonly read: Command;
      readonly define: Command;
    };

const virsh = (...words: readonly string[]): Command => ["virsh", "--connect", "{uri}", ...words];
const ofDomain = (verb: string, ...more: readonly string[]): Command => virsh(verb, "--domain", "{name}", ...more);

export const VIRT_TYPES: Readonly<Record<string, VirtType>> = {
  virsh: {
    state: ofDomain("domstate"),
    says: { on: ["running", "idle", "paused", "in shutdown", "pmsuspended"], off: ["shut off", "crashed"] },
    on: ofDomain("start"),
    off: ofDomain("destroy"),
    soft: ofDomain("shutdown"),
    nmi: ofDomain("inject-nmi"),
    boot: {
      by: "definition",
      names: { pxe: "network", disk: "hd", cdrom: "cdrom" },
      read: ofDomain("dumpxml", "--inactive"),
      // By a pipe: where sshd or ferric gives a socket for standard input, nobody can open it by this name.
      define: ["sh", "-c", 'cat | virsh --connect "$0" define /dev/stdin', "{uri}"],
    },
  },
  vbox: {
    state: ["VBoxManage", "showvminfo", "{name}", "--machinereadable"],
    says: {
      on: ["running", "paused", "starting", "stopping"].map((state) => `VMState="${state}"`),
      off: ["poweroff", "aborted", "saved"].map((state) => `VMState="${state}"`),
    },
    on: ["VBoxManage", "startvm", "{name}", "--type", "headless"],
    off: ["VBoxManage", "controlvm", "{name}", "poweroff"],
    soft: ["VBoxManage", "controlvm", "{name}", "acpipowerbutton"],
    boot: {
      by: "command",
      names: { pxe: "net", disk: "disk", cdrom: "dvd" },
      set: ["VBoxManage", "modifyvm", "{name}", "--boot1", "{device}"],
    },
  },
};

export function filled(command: Command, values: Readonly<Record<string, string>>): readonly string[] {
  return command.map((word) => word.replace(/\{(name|uri|device)\}/g, (whole, key: string) => values[key] ?? whole));
}

/** Those of ferric and of the file; a name of the file wins. @throws Error naming file, type and field */
export function virtTypes(file: string | null): Readonly<Record<string, VirtType>> {
  if (file === null) return VIRT_TYPES;
  const option = `[ssh]commands_file "${file}"`;
  let read: Json;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${option} cannot be read (${reasonOf(error)})`);
  }
  if (!isJsonObject(read)) throw new Error(`${option} must be a JSON object with a virt type by name`);
  const own = Object.entries(read).map(([name, type]) => [name, virtTypeOf(type, `${option}: ${name}`)]);
  return { ...VIRT_TYPES, ...Object.fromEntries(own) };
}

function virtTypeOf(type: Json, where: string): VirtType {
  if (!isJsonObject(type)) throw new Error(`${where} must be an object`);
  const says = isJsonObject(type.says) ? type.says : {};
  return {
    state: wordsOf(type, "state", where),
    says: { on: wordsOf(says, "on", `${where}, says`), off: wordsOf(says, "off", `${where}, says`) },
    on: wordsOf(type, "on", where),
    off: wordsOf(type, "off", where),
    ...(type.soft === undefined ? {} : { soft: wordsOf(type, "soft", where) }),
  };
}

function wordsOf(from: JsonObject, key: string, where: string): readonly string[] {
  const list = from[key];
  if (Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === "string")) return list as string[];
  throw new Error(`${where}: "${key}" must be a list of words`);
}
