/** Inspection hooks that an operator asks for in [inspector]hooks, beside the usual ones. */
import { BlockList, isIP } from "node:net";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { withCapabilities } from "../capabilities.ts";
import { textOf } from "../reading.ts";
import { cardsOf, macOf, objectAt } from "./inspection-data.ts";
import type { HookWork, InspectionHook } from "./inspection-hooks.ts";
import { neighbours } from "./lldp.ts";

const cpuCapabilities: InspectionHook = {
  async apply({ task, data, config }) {
    const { flags } = objectAt(data.inventory, "cpu");
    if (!Array.isArray(flags)) return;
    const found = Object.entries(config.inspector.cpu_capabilities).flatMap(([flag, name]) =>
      flags.includes(flag) ? [name] : [],
    );
    const { capabilities: before } = task.node.properties;
    const capabilities = withCapabilities(before, new Map(found.map((name) => [name, "true"])));
    await task.save({ properties: { ...task.node.properties, capabilities } });
  },
};

/** Rows of four (kind, device, property, value) become a tree; the rows themselves are not kept. */
const extraHardware: InspectionHook = {
  async apply({ data }) {
    const rows = data.plugin.data;
    if (!Array.isArray(rows)) return;
    delete data.plugin.data;
    const tree = new Map<string, Map<string, Map<string, Json>>>();
    for (const row of rows) {
      const [kind, device, property, value] = Array.isArray(row) && row.length === 4 ? row : [];
      if (typeof kind !== "string" || typeof device !== "string" || typeof property !== "string") continue;
      const devices = tree.get(kind) ?? new Map<string, Map<string, Json>>();
      const properties = devices.get(device) ?? new Map<string, Json>();
      tree.set(kind, devices.set(device, properties.set(property, value ?? null)));
    }
    const entries = [...tree].map(([kind, devices]): [string, JsonObject] => [
      kind,
      Object.fromEntries([...devices].map(([device, properties]) => [device, Object.fromEntries(properties)])),
    ]);
    data.plugin.extra = Object.fromEntries(entries);
  },
};

const parseLldp: InspectionHook = {
  async apply({ data }) {
    const found = neighbours(data);
    if (Object.keys(found).length > 0) data.plugin.parsed_lldp = JSON.parse(JSON.stringify(found));
  },
};

/** Only what is not written down yet: what an operator has set stays. */
const localLinkConnection: InspectionHook = {
  async apply({ task, data }) {
    const found = neighbours(data);
    for (const { port, card } of await portsWithCards({ task, data })) {
      const { switch_chassis_id: switchId, switch_port_id: portId, switch_system_name: name } = found[card] ?? {};
      const isMac = switchId !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(switchId);
      const seen = {
        ...(isMac ? { switch_id: switchId } : {}),
        ...(portId === undefined ? {} : { port_id: portId }),
        ...(name === undefined ? {} : { switch_info: name }),
      };
      const known = Object.entries(port.local_link_connection).filter(([, value]) => value !== null && value !== "");
      const merged = { ...seen, ...Object.fromEntries(known) };
      if (JSON.stringify(merged) !== JSON.stringify(port.local_link_connection) && Object.keys(seen).length > 0)
        await task.updatePort(port.uuid, { local_link_connection: merged });
    }
  },
};

/** The network whose range the card's address is in, for ports that have none. */
const physicalNetwork: InspectionHook = {
  async apply({ task, data, config }) {
    const map = Object.entries(config.inspector.physical_network_cidr_map);
    for (const { port, address } of await portsWithCards({ task, data })) {
      if (port.physical_network !== null || address === null) continue;
      const network = map.find(([range]) => isIn(address, range))?.[1];
      if (network !== undefined) await task.updatePort(port.uuid, { physical_network: network });
    }
  },
};

function isIn(address: string, range: string): boolean {
  const [net = "", bits = ""] = range.split("/");
  const family = isIP(net);
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(net, Math.min(Number(bits), family === 6 ? 128 : 32), type);
  return list.check(address, type);
}

async function portsWithCards({ task, data }: Pick<HookWork, "task" | "data">) {
  const cards = cardsOf(data);
  return (await task.ports()).flatMap((port) => {
    const card = cards.find((one) => macOf(one) === port.address);
    if (card === undefined || !isJsonObject(card)) return [];
    return [{ port, card: card.name, address: textOf(card.ipv4_address) ?? textOf(card.ipv6_address) }];
  });
}

export const OPTIONAL_HOOKS: Readonly<Record<string, InspectionHook>> = {
  "cpu-capabilities": cpuCapabilities,
  "extra-hardware": extraHardware,
  "parse-lldp": parseLldp,
  "local-link-connection": localLinkConnection,
  "physical-network": physicalNetwork,
};
