/** The whole configuration, typed section by section. A new section is one file in groups/ and one line here. */
import { agent } from "./groups/agent.ts";
import { amt } from "./groups/amt.ts";
import { anaconda } from "./groups/anaconda.ts";
import { api } from "./groups/api.ts";
import { audit } from "./groups/audit.ts";
import { bmcLog } from "./groups/bmc-log.ts";
import { boot } from "./groups/boot.ts";
import { conductor } from "./groups/conductor.ts";
import { console } from "./groups/console.ts";
import { database } from "./groups/database.ts";
import { DEFAULT } from "./groups/default.ts";
import { deploy } from "./groups/deploy.ts";
import { dhcp } from "./groups/dhcp.ts";
import { fake } from "./groups/fake.ts";
import { iboot } from "./groups/iboot.ts";
import { inspector } from "./groups/inspector.ts";
import { ipmi } from "./groups/ipmi.ts";
import { keystoneAuthtoken } from "./groups/keystone-authtoken.ts";
import { oci } from "./groups/oci.ts";
import { osloMessagingNotifications } from "./groups/oslo-messaging-notifications.ts";
import { osloPolicy } from "./groups/oslo-policy.ts";
import { prometheus } from "./groups/prometheus.ts";
import { pxe } from "./groups/pxe.ts";
import { redfish } from "./groups/redfish.ts";
import { redis } from "./groups/redis.ts";
import { secrets } from "./groups/secrets.ts";
import { sensorData } from "./groups/sensor-data.ts";
import { serviceCatalog } from "./groups/service-catalog.ts";
import { snmp } from "./groups/snmp.ts";
import { ssh } from "./groups/ssh.ts";
import { ssl } from "./groups/ssl.ts";
import { vnc } from "./groups/vnc.ts";
import type { Group, Values } from "./option.ts";

export const GROUPS = {
  DEFAULT,
  agent,
  amt,
  anaconda,
  api,
  audit,
  bmc_log: bmcLog,
  boot,
  conductor,
  console,
  database,
  deploy,
  dhcp,
  fake,
  iboot,
  inspector,
  ipmi,
  oci,
  oslo_messaging_notifications: osloMessagingNotifications,
  oslo_policy: osloPolicy,
  keystone_authtoken: keystoneAuthtoken,
  prometheus,
  pxe,
  redfish,
  redis,
  secrets,
  sensor_data: sensorData,
  service_catalog: serviceCatalog,
  snmp,
  ssh,
  ssl,
  vnc,
} as const;

export type Section = keyof typeof GROUPS;
export type Config = { readonly [S in Section]: Values<(typeof GROUPS)[S]> };
export type ConfigOverrides = { readonly [S in Section]?: Partial<Config[S]> };

/** Every option at its default, with `overrides` over them: for tests and embedded use. */
export function defaultConfig(overrides: ConfigOverrides = {}): Config {
  const sections = Object.entries(GROUPS).map(([name, group]) => [
    name,
    { ...defaultsOf(group), ...overrides[name as Section] },
  ]);
  return Object.fromEntries(sections) as Config;
}

function defaultsOf(group: Group): Record<string, unknown> {
  return Object.fromEntries(Object.entries(group).map(([name, option]) => [name, option.default]));
}
