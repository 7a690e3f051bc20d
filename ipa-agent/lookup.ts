/** Lookup: asks the service which node this machine is, until it answers or the time is up (contract/agent-api.json, lookup). */
import type { JsonObject } from "../common/json.ts";
import { MASK } from "../common/secrets.ts";
import { reasonText } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Pause } from "./pause.ts";
import { ServiceAnswer, type ServiceClient } from "./service-client.ts";
import { numberOf, objectOf, textOf } from "./wire.ts";

export interface Identity {
  readonly uuid: string;
  /** Node as the service told it. */
  readonly node: JsonObject;
  readonly config: JsonObject;
  readonly token: string | null;
  /** Seconds. */
  readonly heartbeatTimeout: number;
}

export interface LookupOptions {
  readonly client: ServiceClient;
  readonly addresses: () => Promise<readonly string[]>;
  readonly journal: Journal;
  readonly pause: Pause;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds of the first pause. */
  readonly interval: number;
  /** A token this agent already has (command line, or an earlier life of the same boot). */
  readonly knownToken: string | null;
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

const LOCKED_PAUSES = [5000, 10_000, 30_000];
const LONGEST_PAUSE = 30_000;
/** An earlier answer with the token may have been lost: the service issues one anew when nobody uses that. */
const WITHHELD_PAUSE = 10_000;

/** Throws when the time is up, naming the last answer. */
export async function lookup(options: LookupOptions): Promise<Identity> {
  const now = options.now ?? Date.now;
  const end = now() + options.timeout;
  let locked = 0;
  let others = 0;
  for (;;) {
    const addresses = await options.addresses();
    let wait: number;
    let reason: string;
    try {
      const answer = await options.client.lookup({ addresses, uuid: null }, options.signal);
      return identityOf(answer, options.knownToken);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      reason = reasonText(error);
      if (error instanceof TokenWithheld) {
        wait = WITHHELD_PAUSE;
      } else if (error instanceof ServiceAnswer && error.status === 409) {
        wait = LOCKED_PAUSES[Math.min(locked, LOCKED_PAUSES.length - 1)] ?? LONGEST_PAUSE;
        locked += 1;
      } else {
        wait = Math.min(options.interval * 2 ** others, LONGEST_PAUSE);
        others += 1;
      }
    }
    if (now() + wait > end) {
      throw new Error(`lookup of ${addresses.join(", ")} gave up after ${options.timeout / 1000} s; last: ${reason}`);
    }
    options.journal.info(`lookup of ${addresses.join(", ") || "no address"}: ${reason}; again in ${wait / 1000} s`);
    await options.pause(wait, options.signal);
  }
}

class TokenWithheld extends Error {}

/** Reads the answer of lookup (and of continue_inspection). */
export function identityOf(answer: JsonObject, knownToken: string | null): Identity {
  const node = objectOf(answer, "node");
  const config = objectOf(answer, "config");
  const uuid = textOf(node, "uuid");
  if (uuid === null) throw new Error("the lookup answer names no node");
  const given = textOf(config, "agent_token");
  const token = given === null || given === MASK ? knownToken : given;
  if (token === null && (given === MASK || config.agent_token_required === true)) {
    throw new TokenWithheld(
      `the service keeps the token of node ${uuid} to itself: it was already given to another lookup; reboot the machine`,
    );
  }
  return { uuid, node, config, token, heartbeatTimeout: numberOf(config, "heartbeat_timeout") ?? 300 };
}
