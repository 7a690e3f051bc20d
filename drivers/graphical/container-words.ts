/** Names, labels and values of console containers, as Ironic and its images have them: by these they are found again. */
import { hostname } from "node:os";
import type { Config } from "../../common/config/config.ts";

export const containerName = (node: string): string => `ironic-console-${node}`;

export const CONDUCTOR_LABEL = "org.openstack.ironic.conductor";
export const NODE_LABEL = "org.openstack.ironic.node";

export function containerLabels(node: string, config: Config): readonly string[] {
  return ["org.openstack.ironic.console=true", `${CONDUCTOR_LABEL}=${conductorOf(config)}`, `${NODE_LABEL}=${node}`];
}

export const conductorOf = ({ DEFAULT }: Config): string => (DEFAULT.host === "" ? hostname() : DEFAULT.host);

export const truthWord = (value: boolean): string => (value ? "True" : "False");
