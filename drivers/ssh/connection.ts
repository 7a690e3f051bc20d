/** How to reach the host of a virtual machine: the ssh_* keys of driver_info, checked once and typed after. */
import { isAbsolute } from "node:path";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { hasControls, hostOf, missing, oneOf, portOf, wordOf, wrong } from "../driver-info.ts";

export const SSH_PROPERTIES: Readonly<Record<string, string>> = {
  ssh_address: "Host name or address of the host that runs the virtual machine. Required.",
  ssh_port: "TCP port of the SSH server; 22 when absent. Optional.",
  ssh_username: "User on the host. Required.",
  ssh_virt_type: "Which commands switch the machine: virsh, vbox, or one of [ssh]commands_file. Required.",
  ssh_domain: "Name of the virtual machine on the host; the node's name when absent. Optional.",
  ssh_key_filename:
    "Absolute path of the private key on the conductor's host. Required unless ssh_private_key is given.",
  ssh_private_key: "The private key itself, without a passphrase. Required unless ssh_key_filename is given.",
  ssh_host_key: "Public key of the host, as `ssh-ed25519 AAAA...`; [ssh]known_hosts_file when absent. Optional.",
};

export interface SshTarget {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly key: { readonly file: string } | { readonly text: string };
  /** Null: [ssh]known_hosts_file. */
  readonly hostKey: string | null;
}

export interface VirtualMachine {
  readonly host: SshTarget;
  readonly virtType: string;
  readonly name: string;
}

type Named = Pick<Node, "uuid" | "name" | "driver_info">;
type Given = { readonly virtTypes: readonly string[]; readonly knownHosts: string | null };

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function virtualMachineOf(node: Named, { virtTypes, knownHosts }: Given): VirtualMachine {
  const info = node.driver_info;
  const address = hostOf(info, "ssh_address", "the host of the virtual machine");
  const username = wordOf(info.ssh_username);
  if (username === null) throw missing("ssh_username", "set it to the user on the host");
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(username)) throw wrong("ssh_username", username, "a user name");
  if (wordOf(info.ssh_virt_type) === null) throw missing("ssh_virt_type", `set it to one of ${virtTypes.join(", ")}`);
  if (info.ssh_password !== undefined)
    throw InvalidParameterValue({
      reason:
        "driver_info/ssh_password is not used; give a key with ssh_private_key or ssh_key_filename and remove it.",
    });
  const virtType = oneOf(info, "ssh_virt_type", virtTypes, "");
  const host = { address, username, port: portOf(info, "ssh_port", 22), key: keyOf(info), hostKey: hostKeyOf(info) };
  if (host.hostKey === null && knownHosts === null)
    throw missing(
      "ssh_host_key",
      "set it to the host's public key, or name a file of such keys in [ssh]known_hosts_file",
    );
  return { host, virtType, name: domainOf(node) };
}

function domainOf({ uuid, name, driver_info }: Named): string {
  const domain = wordOf(driver_info.ssh_domain) ?? name;
  if (domain === null) throw missing("ssh_domain", `set it to the name of the virtual machine of node ${uuid}`);
  if (domain.startsWith("-") || domain.length > 255 || hasControls(domain))
    throw wrong(
      "ssh_domain",
      domain,
      "a name of at most 255 characters, none of them a control character, not begun with -",
    );
  return domain;
}

function keyOf(info: JsonObject): SshTarget["key"] {
  const [file, text] = [wordOf(info.ssh_key_filename), wordOf(info.ssh_private_key)];
  if (file !== null && text !== null)
    throw InvalidParameterValue({
      reason: "driver_info has both ssh_key_filename and ssh_private_key; give one of them.",
    });
  if (text !== null) {
    if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----\s/.test(text)) return { text };
    throw InvalidParameterValue({
      reason: "driver_info/ssh_private_key is no private key; give the whole text from BEGIN to END PRIVATE KEY.",
    });
  }
  if (file === null) throw missing("ssh_private_key", "set it, or ssh_key_filename, to the private key of the user");
  if (!isAbsolute(file) || hasControls(file))
    throw wrong("ssh_key_filename", file, "an absolute path on the conductor's host");
  return { file };
}

function hostKeyOf(info: JsonObject): string | null {
  const key = wordOf(info.ssh_host_key)?.trim() ?? null;
  if (key === null) return null;
  const [kind = "", data = ""] = key.split(/ +/);
  if (hasControls(key) || !/^(ssh|ecdsa|sk)-[\w@.-]+$/.test(kind) || !/^[A-Za-z0-9+/]+=*$/.test(data))
    throw wrong("ssh_host_key", key, "a public key in one line, such as ssh-ed25519 AAAA...");
  return `${kind} ${data}`;
}
