/** How long steps and states of flows take, from what the conductor tells while it works. */
import type { EventBus, FerricEvent } from "../../common/events.ts";
import { type State, WAIT_STATES, WORKING_STATES } from "../../common/states.ts";
import { Counts, Durations, LONG_BOUNDS } from "../../common/tallies.ts";

/** Steps of agents and drivers have names of their own making. */
const MOST_STEPS = 300;
/** Nodes that are on their way somewhere at once. */
const MOST_NODES = 20_000;
/** States of a flow that goes on by itself. */
const UNDER_WAY: ReadonlySet<State> = new Set([...WORKING_STATES, ...WAIT_STATES]);

interface Journey {
  readonly first: State;
  readonly began: number;
  readonly since: number;
}

export class FlowTally implements Disposable {
  /** By flow, step and outcome. */
  readonly steps = new Durations(LONG_BOUNDS, MOST_STEPS);
  /** One stay in a state that is left again, by that state: deploying, wait call-back, inspecting ... */
  readonly stages = new Durations(LONG_BOUNDS);
  /** From the first state of a flow to where it ended, by both. */
  readonly flows = new Durations(LONG_BOUNDS);
  /** By the states from and to. */
  readonly transitions = new Counts();
  /** By what was fetched and how: bytes. */
  readonly bootBytes = new Counts();
  readonly #journeys = new Map<string, Journey>();
  readonly #unsubscribe: () => void;

  constructor(events: EventBus) {
    // What other processes work on, these count.
    this.#unsubscribe = events.subscribe((event, from) => {
      if (from === "here") this.#hear(event);
    });
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #hear(event: FerricEvent): void {
    if (event.type === "step.finished") this.steps.of(event.flow, event.step, event.outcome).add(event.seconds);
    else if (event.type === "boot.fetched") this.bootBytes.of(event.protocol).add(event.bytes);
    else if (event.type === "node.state" && event.node !== null && event.from !== event.to)
      this.#moved(event, event.node);
  }

  #moved({ from, to, at }: Extract<FerricEvent, { type: "node.state" }>, node: string): void {
    this.transitions.of(from, to).add();
    const now = Date.parse(at);
    const journey = this.#journeys.get(node);
    this.#journeys.delete(node);
    if (journey !== undefined) this.stages.of(from).add(seconds(now - journey.since));
    if (!UNDER_WAY.has(to)) {
      if (journey !== undefined) this.flows.of(journey.first, to).add(seconds(now - journey.began));
    } else if (this.#journeys.size < MOST_NODES) {
      this.#journeys.set(node, { first: journey?.first ?? to, began: journey?.began ?? now, since: now });
    }
  }
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}
