/** The session of a node's ramdisk agent: its token, compared in constant time, and what the lookup answers. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Config } from "../common/config/config.ts";
import type { Json, JsonObject } from "../common/json.ts";
import type { Node } from "../common/objects/node.ts";
import { MASK } from "../common/secrets.ts";
import { timestamp } from "./clock.ts";

export const TOKEN_KEY = "agent_secret_token";
/** The first token, beside one that was issued anew: until a heartbeat has carried one of them nobody knows which the agent got. */
export const FIRST_TOKEN_KEY = "agent_secret_token_first";
/** Boot id of the process that answered the lookup with the token. */
export const TOKEN_ISSUER_KEY = "agent_token_issuer";
/** When that was. */
export const TOKEN_ISSUED_KEY = "agent_token_issued_at";
/** An agent calls in right after its lookup: after so long without, its answer may have been lost. */
const UNUSED_MS = 30_000;

export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

type Info = Readonly<Record<string, Json>>;

function isToken(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

/** Both sides are hashed first, so that neither length nor content shows in the time it takes. A node without token matches nothing. */
export function tokenMatches(
  { driver_internal_info: info }: Pick<Node, "driver_internal_info">,
  given: string | null,
): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  const asked = hash(given ?? "");
  const valid = [info[TOKEN_KEY], info[FIRST_TOKEN_KEY]].filter(isToken);
  // Every one is compared, whichever fits.
  return valid.map((token) => timingSafeEqual(hash(token), asked)).includes(true);
}

/** Changes of driver_internal_info that store a new token. The first one stays good beside it, others between them do not. */
export function withNewToken(
  info: Info,
  token: string,
  issuer: Pick<Issuer, "bootId" | "now">,
): Record<string, Json | undefined> {
  const { [FIRST_TOKEN_KEY]: first, [TOKEN_KEY]: held } = info;
  const earlier = isToken(held) ? [first, held].find(isToken) : undefined;
  return {
    [TOKEN_KEY]: token,
    [FIRST_TOKEN_KEY]: earlier,
    [TOKEN_ISSUER_KEY]: issuer.bootId,
    [TOKEN_ISSUED_KEY]: timestamp(issuer.now),
  };
}

/** Changes of driver_internal_info by a heartbeat that carried `token`, one of the node's: from now on it is the only one. */
export function carriedToken(info: Info, token: string | null): Record<string, Json | undefined> {
  return token !== null && isToken(info[FIRST_TOKEN_KEY]) ? { [TOKEN_KEY]: token, [FIRST_TOKEN_KEY]: undefined } : {};
}

/** The configuration document of the lookup answer. Source: agent-api.json and the lookup-heartbeat recording. */
export function agentConfig(
  config: Config,
  node: Pick<Node, "management_interface">,
  token: string | null,
): JsonObject {
  const formats = config.conductor.permitted_image_formats.split(",").map((format) => format.trim());
  return {
    metrics: {
      backend: "noop",
      prepend_host: false,
      prepend_uuid: false,
      prepend_host_reverse: true,
      global_prefix: null,
    },
    metrics_statsd: { statsd_host: "localhost", statsd_port: 8125 },
    heartbeat_timeout: config.api.ramdisk_heartbeat_timeout,
    agent_containers: {
      allow_arbitrary_containers: false,
      allowed_containers: [],
      container_steps_file: "/etc/ironic-python-agent.d/mysteps.yaml",
      runner: "podman",
      pull_options: [],
      run_options: ["--rm", "--network=host"],
    },
    agent_token: token,
    agent_token_required: true,
    agent_md5_checksum_enable: config.agent.allow_md5_checksum,
    disable_deep_image_inspection: false,
    permitted_image_formats: formats,
    agent_skip_bmc_detect: ["redfish", "idrac-redfish"].includes(node.management_interface ?? ""),
    enable_bios_bootloader_install: false,
    tls_min_version: config.agent.tls_minimum_version,
    tls_cipher_suites: config.agent.tls_ciphers,
  };
}

/** Who is about to answer a lookup. */
export interface Issuer {
  readonly bootId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** An answer of this process with a token for the node could not be given. */
  readonly failedBefore: boolean;
}

/**
 * The mask for a token that has been given out; null when one may be issued. While no heartbeat has carried a token, its
 * answer may have been lost (with its process, with the database, or on the way): another may be issued, or the agent
 * would be shut out until the deploy times out.
 */
export function shownToken(info: Info, issuer: Issuer): string | null {
  if (!isToken(info[TOKEN_KEY])) return null;
  const by = info[TOKEN_ISSUER_KEY];
  // Made beforehand and told by the kernel's command line: it was never answered to anybody.
  if (typeof by !== "string") return MASK;
  const at = Date.parse(String(info[TOKEN_ISSUED_KEY]));
  const lost = issuer.failedBefore || by !== issuer.bootId || issuer.now - at >= UNUSED_MS;
  return lost && info.agent_url === undefined ? null : MASK;
}
