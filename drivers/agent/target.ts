/** Where a node's agent listens and how its certificate is judged, from what its heartbeats left on the node. */

import { X509Certificate } from "node:crypto";
import type { ConnectionOptions, PeerCertificate } from "node:tls";
import { checkServerIdentity } from "node:tls";
import { offeredTls, verification } from "../../common/client-tls.ts";
import type { Config } from "../../common/config/config.ts";
import { AgentConnectionFailed } from "../../common/errors/driver.ts";
import { writtenOf } from "../../common/json.ts";
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
    tls: target.protocol === "https:" ? tlsOf(node, config) : {},
  };
}

function parseAgentUrl(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null || !["http:", "https:"].includes(target.protocol))
    throw AgentConnectionFailed({ reason: `the agent's callback URL "${url.slice(0, 200)}" is not an HTTP(S) URL.` });
  return target;
}

/** driver_info's agent_verify_ca, else the certificate of the heartbeat, else [agent]verify_ca. */
function tlsOf(node: Node, config: Config): ConnectionOptions {
  const offered = offeredTls(config.agent.tls_minimum_version, config.agent.tls_ciphers);
  const own = node.driver_info.agent_verify_ca;
  if (own !== undefined && own !== null && booleanOf(own) !== true)
    return { ...offered, ...verification(writtenOf(own), "driver_info agent_verify_ca") };
  const sent = node.driver_internal_info.agent_verify_ca;
  if (typeof sent === "string" && sent !== "") return { ...offered, ...pinned(sent) };
  return { ...offered, ...verification(config.agent.verify_ca, "[agent]verify_ca") };
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
