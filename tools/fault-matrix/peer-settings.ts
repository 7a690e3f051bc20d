/** The configuration of a real Ironic for the run beside ours: JSON-RPC, MariaDB, fake hardware that takes its time. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Section } from "./settings.ts";

export interface PeerPlaces {
  readonly folder: string;
  readonly port: number;
  readonly database: string;
}

/** The conductor's name and address, one of its own on loopback, so that the port can be the one below. */
export const PEER_HOST = "127.39.0.1";
/** Of JSON-RPC; with any other a conductor does not find its own locks again after a restart. */
export const PEER_RPC_PORT = 8089;

/** Returns the file. */
export function writePeerSettings({ folder, port, database }: PeerPlaces): string {
  const types = ["bios", "console", "firmware", "inspect", "raid", "rescue"];
  const fakes = ["boot", "deploy", "management", "power", "vendor"];
  const sections: Readonly<Record<string, Section>> = {
    DEFAULT: {
      auth_strategy: "noauth",
      host: PEER_HOST,
      my_ip: PEER_HOST,
      state_path: folder,
      log_dir: folder,
      rpc_transport: "json-rpc",
      enabled_hardware_types: "fake-hardware",
      enabled_network_interfaces: "noop",
      default_network_interface: "noop",
      ...Object.fromEntries(types.map((type) => [`enabled_${type}_interfaces`, `no-${type},fake`])),
      ...Object.fromEntries(fakes.map((type) => [`enabled_${type}_interfaces`, "fake"])),
      enabled_storage_interfaces: "noop,fake",
    },
    api: { host_ip: PEER_HOST, port, api_workers: 1 },
    database: { connection: database },
    json_rpc: { auth_strategy: "noauth", host_ip: PEER_HOST, port: PEER_RPC_PORT },
    dhcp: { dhcp_provider: "none" },
    // Whole seconds, about as long as our own steps take.
    fake: { power_delay: "0,1", deploy_delay: "1,6" },
    conductor: { automated_clean: true },
    deploy: { http_root: join(folder, "http"), http_url: `http://${PEER_HOST}:${port}` },
    oslo_concurrency: { lock_path: join(folder, "lock") },
    service_catalog: { auth_type: "none", endpoint_override: `http://${PEER_HOST}:${port}` },
  };
  const lines = Object.entries(sections).flatMap(([name, options]) => [
    `[${name}]`,
    ...Object.entries(options).map(([option, value]) => `${option} = ${value}`),
  ]);
  const file = join(folder, "ironic.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
