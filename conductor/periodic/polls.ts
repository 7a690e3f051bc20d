/**
 * Reads many machines again and again, without a lock: one scheduler for power, sensors and whatever else is asked of
 * their controllers. Each machine has its own moment in the interval, its own patience by how it answered before, and
 * is never given up for a single silence.
 */
import { setImmediate as turn } from "node:timers/promises";
import { serviceContext } from "../../common/context.ts";
import { NodeNotFound } from "../../common/errors/node.ts";
import type { InterfaceType, Node } from "../../common/objects/node.ts";
import { raceAbort } from "../../common/race-abort.ts";
import { wait } from "../../common/wait.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { NodeTask } from "../task.ts";
import { Lane } from "./lane.ts";
import { nodesWhere } from "./node-pages.ts";
import { momentOf, Standings } from "./standings.ts";

export interface Poll<T> {
  /** Of the log, and of the task that reads. */
  readonly name: string;
  /** Seconds from one reading of a machine to the next. */
  readonly every: number;
  /** Machines that are due. */
  readonly where: readonly Condition[];
  /** The interface that reads: where it is light, `workers` does not bound how many are read at once. */
  readonly by: InterfaceType;
  readonly workers: number;
  /** Seconds that a pass may take, for spreading; the interval where it is absent. */
  readonly lasts?: number;
  /** Milliseconds that a machine gets at least; some seconds where it is absent. */
  readonly leastPatienceMs?: number;
  /** A machine that failed is left out for a pass, then for two, four and so on, at most for this many. Absent: never. */
  readonly restsAtMost?: number;
  /** Failures in a row that are borne; one more, confirmed by a second reading, and `givenUp` is told. Absent: any number. */
  readonly bears?: number;
  /** Of a shared task with secrets revealed. @throws what failed, or the reason of the task's signal */
  read(task: NodeTask): Promise<T>;
  /** What is done with a reading; it has no limit of time, and its failure is not the machine's. */
  found(task: NodeTask, reading: T): Promise<void>;
  givenUp?(uuid: string, error: unknown, failures: number): Promise<void>;
  /** Told of every failure, for the log. */
  failed?(uuid: string, error: unknown, failures: number): void;
}

/** A pass over many machines is spread over this share of its interval: neither we nor the network see a burst. */
const SPREAD = 0.5;
/** So many are asked at once: a handful needs no spreading. */
const FEW = 50;
/** Machines read at once through interfaces that are light: each waits in a few hundred bytes. */
const LIGHT_AT_ONCE = 1024;
/** Before a machine is given up it gets this long to come to itself. */
const SECOND_LOOK_MS = 1000;

/** A machine's turn in a pass. */
interface Visit<T> {
  readonly poll: Poll<T>;
  readonly uuid: string;
  readonly stop: AbortSignal;
  /** Of its kind: through a process or a thread, which are few, or light. */
  readonly lane: Lane;
  /** Readings of the pass that are under way. */
  readonly reading: Set<NodeTask>;
}

export class Polls {
  readonly #core: Core;
  readonly #standings = new Standings();

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * One reading of each machine of ours; resolves once the last has answered, or has had its time. Answers how many were
   * due and how many of them were asked before `stop`.
   */
  async pass<T>(poll: Poll<T>, stop: AbortSignal): Promise<{ due: number; asked: number }> {
    const reading = new Set<NodeTask>();
    const stopped = () => {
      for (const task of reading) task.interrupt(new Error("The conductor stops."));
    };
    stop.addEventListener("abort", stopped, { once: true });
    try {
      return await this.#pass(poll, stop, reading);
    } finally {
      stop.removeEventListener("abort", stopped);
    }
  }

  async #pass<T>(poll: Poll<T>, stop: AbortSignal, reading: Set<NodeTask>): Promise<{ due: number; asked: number }> {
    const { services, members, catalogue, log } = this.#core;
    const began = services.now();
    const owns = await members.owned();
    const field = `${poll.by}_interface` as const;
    const due = await nodesWhere(this.#core, poll.where, [field], owns);
    this.#standings.keepOnly(poll.name, new Set(due.map(({ uuid }) => uuid)));
    const [heavy, light] = [new Lane(poll.workers), new Lane(LIGHT_AT_ONCE)];
    const visits: Promise<Visit<T> | null>[] = [];
    const spreadMs = due.length > FEW ? Math.min(poll.every, poll.lasts ?? poll.every) * 1000 * SPREAD : 0;
    let resting = 0;
    for (const { node, at } of inTurn(due, began, spreadMs)) {
      const early = at - services.now();
      if (early > 0) await wait(early, stop);
      else await turn();
      if (stop.aborted) break;
      if (this.#standings.rests(poll.name, node.uuid)) {
        resting++;
        continue;
      }
      const lane = catalogue.isLight(poll.by, node[field]) ? light : heavy;
      visits.push(this.#visit({ poll, uuid: node.uuid, stop, lane, reading }));
    }
    const doubtful = (await Promise.all(visits)).filter((visit) => visit !== null);
    await this.#lookAgain(doubtful, stop);
    const ms = Math.round(services.now() - began);
    if (due.length > FEW) log.info({ poll: poll.name, nodes: visits.length, resting, ms }, "machines were read");
    return { due: due.length - resting, asked: visits.length };
  }

  /** The visit when the machine would be given up by it. */
  async #visit<T>(visit: Visit<T>): Promise<Visit<T> | null> {
    const { poll, uuid, stop } = visit;
    const error = await this.#failure(visit);
    if (error === null || stop.aborted) return null;
    const failures = this.#standings.failed(poll.name, uuid, poll.restsAtMost ?? 0);
    poll.failed?.(uuid, error.reason, failures);
    return poll.bears !== undefined && failures > poll.bears ? visit : null;
  }

  /** Two strikes: the silence that decides must happen twice. */
  async #lookAgain<T>(doubtful: readonly Visit<T>[], stop: AbortSignal): Promise<void> {
    if (doubtful.length === 0) return;
    await wait(SECOND_LOOK_MS, stop);
    const look = async (visit: Visit<T>) => {
      const { poll, uuid } = visit;
      if (stop.aborted) return;
      const error = await this.#failure(visit);
      if (error === null || stop.aborted) return;
      await poll.givenUp?.(uuid, error.reason, this.#standings.failures(poll.name, uuid));
    };
    await Promise.all(doubtful.map(look));
  }

  /** Reads once. Null: it went well, or the node is gone. */
  async #failure<T>({ poll, uuid, stop, lane, reading: under }: Visit<T>): Promise<{ reason: unknown } | null> {
    return await lane.run(async () => {
      if (stop.aborted) return null;
      try {
        const task = await this.#task(poll, uuid);
        const reading = await this.#read(poll, task, under);
        await poll.found(task, reading).catch((error: unknown) => task.log.warn({ error }, `${poll.name} failed`));
        return null;
      } catch (reason) {
        return NodeNotFound.matches(reason) ? null : { reason };
      }
    });
  }

  async #task<T>({ name, every }: Poll<T>, uuid: string): Promise<NodeTask> {
    const node = await this.#core.stores.nodes.getRevealed(uuid);
    const nextUseMs = this.#standings.nextUse(name, uuid, this.#core.services.now(), every * 1000);
    const context = serviceContext(name.replaceAll(" ", "-"));
    return new NodeTask(this.#core, node, null, { purpose: name, context, nextUseMs });
  }

  /** Within the machine's time. */
  async #read<T>(poll: Poll<T>, task: NodeTask, under: Set<NodeTask>): Promise<T> {
    const { name, every } = poll;
    const { uuid } = task.node;
    const began = this.#core.services.now();
    const patience = this.#standings.patience(name, uuid, every * 1000, poll.leastPatienceMs);
    const late = () => task.interrupt(new Error(`no answer within ${Math.round(patience / 1000)} s.`));
    const timer = setTimeout(late, patience);
    under.add(task);
    try {
      const reading = await raceAbort(poll.read(task), task.signal);
      this.#standings.answered(name, uuid, this.#core.services.now() - began);
      return reading;
    } finally {
      clearTimeout(timer);
      under.delete(task);
    }
  }
}

/** Each at its own moment, the same in every pass but for a little chance. */
function inTurn(
  due: readonly Node[],
  began: number,
  spreadMs: number,
): readonly { readonly node: Node; readonly at: number }[] {
  const all = due.map((node) => ({ node, at: began + spreadMs * momentOf(node.uuid) }));
  return spreadMs === 0 ? all : all.sort((one, other) => one.at - other.at);
}
