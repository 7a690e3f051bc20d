/** A virtual machine on its host: what the ssh interfaces ask, by the commands of its kind. */
import { SshFailure } from "../../common/errors/power-switches.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { observed } from "../observed.ts";
import { type VirtualMachine, virtualMachineOf } from "./connection.ts";
import { definitionWithBoot } from "./definition.ts";
import { runOverSsh } from "./run.ts";
import { type Command, filled, type VirtType, virtTypes } from "./virt-types.ts";

/** Key of driver_internal_info with the device for the starts to come. */
export const BOOT_NOTE = "ssh_boot_device";

export class VirtualHost {
  readonly #services: DriverServices;
  readonly #types: Readonly<Record<string, VirtType>>;

  /** @throws Error when [ssh]commands_file cannot be used */
  constructor(services: DriverServices) {
    this.#services = services;
    this.#types = virtTypes(services.config.ssh.commands_file);
  }

  /** @throws MissingParameterValue, InvalidParameterValue */
  machineOf({ node }: Task): VirtualMachine & { readonly type: VirtType } {
    const given = { virtTypes: Object.keys(this.#types), knownHosts: this.#services.config.ssh.known_hosts_file };
    const machine = virtualMachineOf(node, given);
    const type = this.#types[machine.virtType];
    if (type === undefined) throw new Error(`no virt type ${machine.virtType}`);
    return { ...machine, type };
  }

  async powerState(task: Task): Promise<PowerState> {
    const { type, name, virtType } = this.machineOf(task);
    const answer = await this.run(task, type.state);
    const said = (words: readonly string[]) => words.some((word) => answer.includes(word));
    if (said(type.says.off)) return "power off";
    if (said(type.says.on)) return "power on";
    const words = answer.trim().split("\n")[0]?.slice(0, 100) ?? "";
    throw SshFailure({
      operation: `state of ${name}`,
      reason: `the answer tells no state of virt type ${virtType}: "${words}"; look at the machine on its host.`,
    });
  }

  async setBootDevice(task: Task, device: string): Promise<void> {
    const { boot } = this.machineOf(task).type;
    const name = boot?.names[device];
    if (boot === undefined || name === undefined) return;
    if (boot.by === "command") {
      await this.run(task, boot.set, { device: name });
      return;
    }
    const definition = await this.run(task, boot.read);
    await this.run(task, boot.define, {}, definitionWithBoot(definition, name));
  }

  /** The command's standard output. @throws SshFailure */
  async run(
    task: Task,
    command: Command,
    values: Readonly<Record<string, string>> = {},
    input?: string,
  ): Promise<string> {
    const { host, name } = this.machineOf(task);
    const { config } = this.#services;
    const words = filled(command, { name, uri: config.ssh.libvirt_uri, ...values });
    const asked = {
      node: task.node.uuid,
      protocol: "ssh",
      address: `${host.address}:${host.port}`,
      request: words.join(" "),
    } as const;
    const once = () => runOverSsh(config, host, input === undefined ? { words } : { words, input }, task.signal);
    return await observed(this.#services, asked, once, (answer) => answer.trim());
  }
}

const made = new WeakMap<DriverServices, VirtualHost>();

/** One for a conductor's interfaces. */
export function virtualHost(services: DriverServices): VirtualHost {
  const found = made.get(services) ?? new VirtualHost(services);
  made.set(services, found);
  return found;
}
