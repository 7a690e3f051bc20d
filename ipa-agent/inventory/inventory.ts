/** The inventory that inspection posts and poll.get_hardware_info answers (contract/agent-api.json, inventory). */
import type { Json, JsonObject } from "../../common/json.ts";
import type { Hardware } from "../hardware-managers/hardware.ts";
import type { AgentParameters } from "../parameters.ts";

/** Interface records and the like are plain data; JSON is what they are meant for. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}

/** `askBmc` false: the service knows the BMC better (agent_skip_bmc_detect). */
export async function collectInventory(
  hardware: Hardware,
  parameters: AgentParameters,
  options: { askBmc: boolean },
): Promise<JsonObject> {
  const [interfaces, cpu, disks, memory, vendor, mode, hostname, bmc] = await Promise.all([
    hardware.method("listInterfaces")(),
    hardware.method("cpu")(),
    hardware.method("listDisks")(),
    hardware.method("memory")(),
    hardware.method("systemVendor")(),
    hardware.method("bootMode")(),
    hardware.method("hostname")(),
    options.askBmc ? hardware.method("bmc")() : { bmc_address: null, bmc_v6address: null },
  ]);
  return {
    interfaces: plain(interfaces),
    cpu,
    disks: plain(disks),
    memory,
    ...bmc,
    system_vendor: vendor,
    boot: { current_boot_mode: mode, pxe_interface: parameters.bootMac },
    hostname,
  };
}
