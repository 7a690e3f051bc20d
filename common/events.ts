/**
 * Typed events with progress: what core, boot services and agent say while they work. They feed the terminal, the
 * console and the tables of the tests. An event never carries a secret. `v` is the shape's version: readers skip what
 * they do not know, so neighbours N and N-1 work together.
 */
import type { Json } from "./json.ts";
import type { State, Verb } from "./states.ts";
import type { Flow } from "./steps.ts";

export const EVENT_VERSION = 1;

export type EventBody =
  | {
      readonly type: "node.state";
      readonly from: State;
      readonly to: State;
      readonly target: State | null;
      readonly last_error?: string | null;
      /** What moved it, and its target before. */
      readonly verb?: Verb;
      readonly from_target?: State | null;
      /** When the wait or hold that begins will be ended, ISO 8601; null: never. Absent for other states. */
      readonly deadline?: string | null;
    }
  | {
      readonly type: "node.power";
      readonly from: string | null;
      readonly to: string | null;
      readonly requested: string | null;
    }
  | {
      readonly type: "step.started";
      readonly flow: Flow;
      readonly step: string;
      readonly index: number;
      readonly total: number;
    }
  | {
      readonly type: "step.finished";
      readonly flow: Flow;
      readonly step: string;
      readonly index: number;
      readonly total: number;
      readonly outcome: "done" | "wait" | "failed";
      readonly seconds: number;
      readonly error?: string;
    }
  /** Work that counts: bytes of an image written, seconds of a delay. `total` is null while unknown. */
  | {
      readonly type: "progress";
      readonly stage: string;
      readonly done: number;
      readonly total: number | null;
      readonly unit: "bytes" | "seconds" | "steps";
    }
  | { readonly type: "agent.lookup"; readonly address: string | null }
  | { readonly type: "agent.heartbeat"; readonly callback_url: string; readonly first: boolean }
  | {
      readonly type: "agent.command";
      readonly command: string;
      readonly status: "sent" | "SUCCEEDED" | "FAILED" | "RUNNING";
      readonly error?: string | null;
    }
  /** Anything the agent itself reports (its own events keep their name in `name`). */
  | { readonly type: "agent.report"; readonly name: string; readonly detail: Json }
  /** A packet or request of a known machine at one of the boot services. */
  | {
      readonly type: "boot.packet";
      readonly protocol: "dhcp" | "tftp" | "http";
      readonly what: string;
      readonly mac: string | null;
      readonly address: string | null;
      readonly detail?: Json;
    }
  | {
      readonly type: "boot.fetched";
      readonly protocol: "tftp" | "http";
      readonly file: string;
      readonly bytes: number;
      readonly seconds: number;
      readonly address: string | null;
    }
  /** An action towards the machine, just before (`sent`) and after (`done`, `failed`) it is carried out. */
  | {
      readonly type: "action";
      readonly action: string;
      readonly status: "sent" | "done" | "failed";
      readonly detail?: Json;
    }
  | {
      readonly type: "lock";
      readonly status: "taken" | "released" | "lost";
      readonly purpose: string;
      readonly host: string;
    };

export type FerricEvent = EventBody & {
  readonly v: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** Node UUID; null when the machine is not known. */
  readonly node: string | null;
  readonly request_id?: string;
};

export interface EventSink {
  emit(node: string | null, body: EventBody, request_id?: string): void;
}

/** `from`: whether this process told it, or another one. */
export type EventListener = (event: FerricEvent, from: "here" | "elsewhere") => void;

/** In-process fan-out with a bounded memory per node of the latest events, so that a late reader sees the story so far. */
export class EventBus implements EventSink {
  readonly #listeners = new Set<EventListener>();
  readonly #recent: FerricEvent[] = [];
  readonly #keep: number;
  readonly #now: () => Date;

  constructor(options: { keep?: number; now?: () => Date } = {}) {
    this.#keep = options.keep ?? 2000;
    this.#now = options.now ?? (() => new Date());
  }

  emit(node: string | null, body: EventBody, request_id?: string): void {
    const event: FerricEvent = {
      ...body,
      v: EVENT_VERSION,
      at: this.#now().toISOString(),
      node,
      ...(request_id === undefined ? {} : { request_id }),
    };
    this.#tell(event, "here");
  }

  /** Takes an event as another process has told it. */
  accept(event: FerricEvent): void {
    this.#tell(event, "elsewhere");
  }

  #tell(event: FerricEvent, from: "here" | "elsewhere"): void {
    this.#recent.push(event);
    if (this.#recent.length > this.#keep) this.#recent.splice(0, this.#recent.length - this.#keep);
    for (const listener of this.#listeners) tellOne(() => listener(event, from));
  }

  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recent(node?: string): readonly FerricEvent[] {
    return node === undefined ? [...this.#recent] : this.#recent.filter((event) => event.node === node);
  }
}

/** Who only listens must not stop the work that speaks. */
function tellOne(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
