/** The configuration of the matrix's processes: short keep-alives, the driver that writes down what it does. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newKeyText } from "../../common/encryption/secret-key.ts";
import { FAKE_INTERFACES } from "../../spec/support/fake-interfaces.ts";

export type Section = Readonly<Record<string, string | number | boolean>>;

export interface Places {
  /** The configuration file that all processes share. */
  readonly config: string;
  readonly database: string;
  readonly redis: string;
  /** The built driver plug-in. */
  readonly driver: string;
}

/** Keep-alive 2 s and timeout 10 s; null: the defaults of a release, 10 s and 60 s. */
export const SHORT_LIFE: Section = { heartbeat_interval: 2, heartbeat_timeout: 10 };

export function writeSettings(places: Places, conductor: Section): void {
  const sections: Readonly<Record<string, Section>> = {
    DEFAULT: {
      auth_strategy: "noauth",
      state_path: join(places.config, ".."),
      rpc_transport: "bullmq",
      driver_plugins: places.driver,
      ...FAKE_INTERFACES,
      enabled_deploy_interfaces: "logged,direct",
      enabled_power_interfaces: "logged",
      enabled_boot_interfaces: "fake,logged",
    },
    // The agents are processes of this machine; they know the APIs' addresses by themselves.
    agent: { require_tls: false, allowed_callback_networks: "127.0.0.0/8", deploy_logs_collect: "never" },
    service_catalog: { endpoint_override: "http://127.0.0.1:1" },
    database: { connection: places.database },
    secrets: { encryption_keys: newKeyText() },
    redis: { url: places.redis },
    dhcp: { dhcp_provider: "none" },
    conductor: { allow_local_image_urls: true, ...conductor },
  };
  const lines = Object.entries(sections).flatMap(([name, options]) => [
    `[${name}]`,
    ...Object.entries(options).map(([option, value]) => `${option} = ${value}`),
  ]);
  mkdirSync(join(places.config, ".."), { recursive: true });
  writeFileSync(places.config, `${lines.join("\n")}\n`);
}
