/** Runs inside a network namespace: the boot services with machines given on the command line; events go to stdout. */

import { startBootServices } from "../../../boot/service.ts";
import { defaultConfig } from "../../../common/config/config.ts";
import { createLogger } from "../../../common/log.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { MemoryLeases, TableResolver } from "../../unit/boot/doubles.ts";

interface Setup {
  readonly interfaces: readonly string[];
  readonly pools: readonly string[];
  readonly machines: readonly string[];
  readonly baseUrl: string;
  readonly script: string;
}

const setup: Setup = JSON.parse(process.argv[2] ?? "{}");
const config = defaultConfig({
  boot: {
    http_host: "0.0.0.0",
    tftp_enabled: true,
    tftp_host: "0.0.0.0",
    dhcp_interfaces: setup.interfaces,
    dhcp_pools: setup.pools,
  },
  dhcp: { dhcp_provider: "ferric" },
});
const log = createLogger({ level: "info" });
const resolver = new TableResolver();
for (const mac of setup.machines) resolver.know(mac, { kind: "ipxe", baseUrl: setup.baseUrl, token: "token" });
resolver.serve("/boot/token/boot.ipxe", { text: setup.script });
const loaders = new Loaders(config.boot.loader_path, log);
for (const name of ["undionly.kpxe", "snponly.efi"]) {
  const path = await loaders.find(name);
  if (path === null) continue;
  resolver.serve(name, { path });
  resolver.serve(`/boot/token/${name}`, { path });
}
const events = { emit: (_node: string | null, body: object) => void process.stdout.write(`${JSON.stringify(body)}\n`) };
await using _running = await startBootServices(config, { resolver, leases: new MemoryLeases(), events }, log);
process.stdout.write('{"type":"ready"}\n');
await new Promise((resolve) => process.once("SIGTERM", resolve));
process.exit(0);
