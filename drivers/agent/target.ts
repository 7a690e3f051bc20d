/** Where a node's agent listens and how its certificate is judged, from what its heartbeats left on the node. */

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConnectionOptions, PeerCertificate } from "node:tls";
import { checkServerIdentity } from "node:tls";
import type { Config } from "../../common/config/config.ts";
import { AgentConnectionFailed } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { booleanOf } from "../reading.ts";

export interface AgentTarget {
  /** Base URL without trailing slash. */
  readonly url: string;
  readonly token: string | null;
  readonly tls: ConnectionOptions;
}

/** @throws AgentConnectionFailed when no agent has called in; InvalidParameterValue for a bad agent_verify_ca */
export async function agentTarget(node: Node, config: Config): Promise<AgentTarget> {
  const { agent_url: url, agent_secret_token: token } = node.driver_internal_info;
  if (typeof url !== "string")
    throw AgentConnectionFailed({
      reason: `no agent has called in for node ${node.uuid} since its ramdisk was booted; look at the machine's console.`,
    });
  const target = parseAgentUrl(url);
  return {
    url: target.href.replace(/\/+$/, ""),
    token: typeof token === "string" ? token : null,
    tls: target.protocol === "https:" ? await verification(node, config) : {},
  };
}

function parseAgentUrl(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null || !["http:", "https:"].includes(target.protocol))
    throw AgentConnectionFailed({ reason: `the agent's callback URL "${url.slice(0, 200)}" is not an HTTP(S) URL.` });
  return target;
}

/** driver_info's agent_verify_ca, else the certificate of the heartbeat, else [agent]verify_ca. */
async function verification(node: Node, config: Config): Promise<ConnectionOptions> {
  const { tls_minimum_version, tls_ciphers: ciphers } = config.agent;
  const offered = { minVersion: `TLSv${tls_minimum_version}`, ...(ciphers === null ? {} : { ciphers }) } as const;
  const own = node.driver_info.agent_verify_ca;
  if (own !== undefined && own !== null && booleanOf(own) !== true)
    return { ...offered, ...(await judge(String(own), "driver_info agent_verify_ca")) };
  const sent = node.driver_internal_info.agent_verify_ca;
  if (typeof sent === "string" && sent !== "") return { ...offered, ...pinned(sent) };
  return { ...offered, ...(await judge(config.agent.verify_ca, "[agent]verify_ca")) };
}

async function judge(setting: string, where: string): Promise<ConnectionOptions> {
  const flag = booleanOf(setting);
  if (flag === true) return {};
  if (flag === false) return { rejectUnauthorized: false };
  try {
    return { ca: await readFile(setting) };
  } catch (error) {
    throw InvalidParameterValue({
      reason: `${where} names "${setting}", which cannot be read (${reasonOf(error)}); give true, false or the path of a file with certificates.`,
    });
  }
}

/** The very certificate that came with a heartbeat is good under any name: the agent cannot know under which we call. */
function pinned(pem: string): ConnectionOptions {
  const known = fingerprintOf(pem);
  return {
    ca: pem,
    checkServerIdentity: (host: string, seen: PeerCertificate) =>
      known !== null && seen.fingerprint256 === known ? undefined : checkServerIdentity(host, seen),
  };
}

function fingerprintOf(pem: string): string | null {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}
