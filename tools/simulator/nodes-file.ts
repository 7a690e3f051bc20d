/** The simulated machines as a file that `baremetal create FILE` takes: nodes with ports, ready to be managed. */
import { writeFileSync } from "node:fs";
import type { Login } from "./accounts.ts";
import { CORES, MEMORY_GIB } from "./identity.ts";
import type { Place, Simulator } from "./simulator.ts";

export type NodeValues = Readonly<Record<string, unknown>>;

/** What a node needs to say to be this machine; the password stands in it, as in any such file. */
export function nodeValues(place: Place, scheme: string, login: Login, driver: "ipmi" | "redfish"): NodeValues {
  const { machine, address, ipmi, redfishPort } = place;
  const { username, password } = login;
  const driver_info =
    driver === "ipmi"
      ? { ipmi_address: address, ipmi_port: ipmi?.port ?? 623, ipmi_username: username, ipmi_password: password }
      : {
          redfish_address: `${scheme}://${address}:${redfishPort}`,
          redfish_system_id: "/redfish/v1/Systems/1",
          redfish_username: username,
          redfish_password: password,
          ...(scheme === "https" ? { redfish_verify_ca: false } : {}),
        };
  return {
    name: machine.identity.name,
    driver,
    driver_info,
    resource_class: "simulated",
    properties: { cpus: CORES, memory_mb: MEMORY_GIB * 1024, local_gb: 894, cpu_arch: "x86_64" },
  };
}

export function writeNodesFile(file: string, simulator: Simulator): void {
  const [login] = simulator.world.logins;
  if (login === undefined) return;
  const nodes = simulator.places.map((place) => {
    const driver = place.ipmi === null ? "redfish" : "ipmi";
    const [address] = place.machine.identity.macs;
    return { ...nodeValues(place, simulator.scheme, login, driver), ports: [{ address }] };
  });
  writeFileSync(file, `${JSON.stringify({ nodes }, null, 2)}\n`, { mode: 0o600 });
}
