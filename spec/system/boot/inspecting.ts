/**
 * The whole service inside a network namespace, with one node that waits for its ramdisk: what real firmware then fetches
 * is what any flow gives it. The setup is JSON on the command line; events go to stdout.
 */
import { defaultConfig } from "../../../common/config/config.ts";
import { EventBus } from "../../../common/events.ts";
import { createLogger } from "../../../common/log.ts";
import { startService } from "../../../tools/service.ts";
import { FAKED } from "../../support/fake-interfaces.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import type { Ramdisk } from "../../support/ramdisk.ts";

export interface InspectingSetup {
  readonly state: string;
  /** Address of this host in the machine's network, and its interface there. */
  readonly host: string;
  readonly interface: string;
  readonly pool: string;
  readonly mac: string;
  readonly bootInterface: string;
  readonly bootMode: "bios" | "uefi";
  readonly ramdisk: Ramdisk;
}

function configOf({ state, host, ramdisk, ...setup }: InspectingSetup) {
  return defaultConfig({
    DEFAULT: {
      auth_strategy: "noauth",
      host: "boot-test",
      state_path: state,
      enabled_hardware_types: ["fake-hardware"],
      ...Object.fromEntries(FAKED.map((type) => [`enabled_${type}_interfaces`, ["fake"]])),
      enabled_boot_interfaces: [setup.bootInterface],
      enabled_deploy_interfaces: ["direct"],
      enabled_inspect_interfaces: ["agent"],
      enabled_network_interfaces: ["noop"],
      enabled_storage_interfaces: ["noop"],
    },
    api: { host_ip: host },
    boot: {
      http_host: host,
      tftp_enabled: true,
      tftp_host: host,
      dhcp_interfaces: [setup.interface],
      dhcp_pools: [setup.pool],
    },
    dhcp: { dhcp_provider: "ferric" },
    conductor: {
      file_url_allowed_paths: ["/"],
      deploy_kernel: `file://${ramdisk.kernel}`,
      deploy_ramdisk: `file://${ramdisk.initramfs}`,
    },
    pxe: { kernel_append_params: "console=ttyS0" },
  });
}

async function inspect(api: IronicApi, setup: InspectingSetup): Promise<void> {
  const properties = { capabilities: `boot_mode:${setup.bootMode}` };
  const { uuid } = await api.must("POST", "/v1/nodes", { driver: "fake-hardware", properties });
  const node = String(uuid);
  await api.must("POST", "/v1/ports", { node_uuid: node, address: setup.mac });
  for (const [verb, state] of [
    ["manage", "manageable"],
    ["inspect", "inspect wait"],
  ] as const) {
    await api.provision(node, verb);
    await api.until(node, [state]);
  }
}

const setup: InspectingSetup = JSON.parse(process.argv[2] ?? "{}");
const say = (event: object) => void process.stdout.write(`${JSON.stringify(event)}\n`);
const events = new EventBus();
events.subscribe(say);
await using service = await startService(configOf(setup), { events, log: createLogger({ level: "error" }) });
await inspect(new IronicApi(service.url), setup);
say({ type: "ready" });
await new Promise((resolve) => process.once("SIGTERM", resolve));
