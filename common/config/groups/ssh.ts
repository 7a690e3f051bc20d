/** [ssh] */
import { integer, optional, string } from "../option.ts";

export const ssh = {
  libvirt_uri: string("qemu:///system", "What virsh connects to on the host, for nodes with ssh_virt_type virsh."),
  command_timeout: integer(30, "Seconds that one command may take, with logging in (ours).", { min: 1 }),
  known_hosts_file: optional(
    "Public keys of hosts, as OpenSSH keeps them, for nodes without driver_info/ssh_host_key (ours). A host that is in neither is refused.",
  ),
  commands_file: optional(
    "A JSON file with virt types of your own: by name the commands for state, on, off and soft, as docs/power-switches.md shows (ours).",
  ),
  program: string("ssh", "OpenSSH's client (ours): a path, or a name to be found in PATH."),
} as const;
