/** Gives an agent its token: once, but again when the answer that held it cannot have reached the agent. */
import type { Context } from "../common/context.ts";
import { LockLost, NodeLocked } from "../common/errors/node.ts";
import type { Node } from "../common/objects/node.ts";
import { newToken, shownToken, withNewToken } from "./agent-session.ts";
import type { Core } from "./core.ts";
import type { NodeTask } from "./task.ts";
import { withNode } from "./with-node.ts";

/** The longest that a task which has ended may take to give its lock back. */
const GIVING_BACK_MS = 5000;

export class TokenIssue {
  readonly #core: Core;
  /** Nodes whose token may have been stored while its answer failed. */
  readonly #unanswered = new Set<string>();
  /** By node, the last lookup in line: the next one looks when that one is done, and finds its token. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** The mask of a token that an agent has; null when one may be issued. */
  known({ uuid, driver_internal_info }: Pick<Node, "uuid" | "driver_internal_info">): string | null {
    const { bootId, clock } = this.#core;
    return shownToken(driver_internal_info, { bootId, now: clock(), failedBefore: this.#unanswered.has(uuid) });
  }

  /**
   * Stores a token and makes the answer with it; with the mask, when another lookup was faster. What fails after the
   * token may have been stored is remembered: the agent asks again, and must get one.
   * @throws NodeLocked, and what `answer` throws
   */
  async issue<T>(uuid: string, context: Context, answer: (token: string) => Promise<T>): Promise<T> {
    const before = this.#last.get(uuid) ?? Promise.resolve();
    const issued = before.then(() => this.#issueInTurn(uuid, context, answer));
    const done = issued.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(uuid, done);
    try {
      return await issued;
    } finally {
      if (this.#last.get(uuid) === done) this.#last.delete(uuid);
    }
  }

  async #issueInTurn<T>(uuid: string, context: Context, answer: (token: string) => Promise<T>): Promise<T> {
    const token = newToken();
    let stored = false;
    const issued = ({ driver_internal_info: info }: Node) => {
      stored = true;
      const { bootId, clock } = this.#core;
      return withNewToken(info, token, { bootId, now: clock() });
    };
    const store = async (task: NodeTask): Promise<string> => {
      const known = this.known(task.node);
      if (known !== null) return known;
      let shown = token;
      await task.update(() => {
        // A heartbeat may just have been recorded by the task that holds the node.
        const now = this.known(task.node);
        if (now !== null) shown = now;
        return now === null ? { driver_internal_info: task.internalInfo(issued(task.node)) } : {};
      });
      return shown;
    };
    try {
      const answered = await answer(await this.#underLock(uuid, context, store));
      if (stored) this.#unanswered.delete(uuid);
      return answered;
    } catch (error) {
      if (stored) this.#unanswered.add(uuid);
      throw error;
    }
  }

  /** The task that has just started the machine may still hold it: it then stores the token itself. */
  async #underLock(uuid: string, context: Context, store: (task: NodeTask) => Promise<string>): Promise<string> {
    const { running } = this.#core;
    const holder = running.get(uuid);
    if (holder !== undefined && !holder.signal.aborted) {
      const token = await store(holder).catch(unlessOver);
      if (token !== null) return token;
      await running.whenReleased(uuid, GIVING_BACK_MS);
    }
    try {
      return await withNode(this.#core, uuid, { purpose: "agent lookup", context, attempts: 1 }, store);
    } catch (error) {
      const taken = running.get(uuid);
      if (!NodeLocked.matches(error) || taken === undefined) throw error;
      return store(taken);
    }
  }
}

/** Null when the task was just giving its lock back. */
function unlessOver(error: unknown): null {
  if (LockLost.matches(error)) return null;
  throw error;
}
