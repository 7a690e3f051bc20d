/** What the metrics of a process are, and where each is read. Names and helps are what docs/metrics.md lists. */
import type { RequestTally } from "../../api/request-tally.ts";
import type { Family } from "../../common/metrics.ts";
import type { Counts, Sample } from "../../common/tallies.ts";
import type { ConductorMeters } from "../../conductor/meters.ts";
import type { Stores } from "../../db/contract.ts";
import type { ExchangeTally } from "./exchange-tally.ts";
import type { FlowTally } from "./flow-tally.ts";
import type { MeteredTransport } from "./metered-transport.ts";

/** What is told of notifications. */
export interface Notified {
  readonly counts: Counts;
  readonly waiting: number;
}

const one = (value: number): readonly Sample[] => [{ labels: [], value }];

type Kind = Family["type"];
type Read = Family["read"];

function family(type: Kind, name: string, help: string, labels: readonly string[], read: Read): Family {
  return { type, name: `ferric_${name}`, help, labels, read };
}

/** How long the fleet's census may be old: a scrape of each process asks the database for it. */
const CENSUS_MS = 10_000;

export function apiFamilies(requests: RequestTally, stores: Stores, heartbeatTimeout: number): readonly Family[] {
  const by = ["route", "method"];
  const census = keptFor(CENSUS_MS, () => stores.census.nodes());
  const conductors = () => stores.conductors.list(heartbeatTimeout, { fields: ["hostname"] });
  const aliveOf = async () =>
    (await conductors()).map(({ hostname, alive }) => ({ labels: [hostname], value: alive ? 1 : 0 }));
  const nodes = async () =>
    (await census()).map(({ provision_state, power_state, maintenance, count }) => ({
      labels: [provision_state ?? "none", power_state ?? "none", String(maintenance)],
      value: count,
    }));
  return [
    family("counter", "http_requests_total", "Requests answered by the API.", [...by, "status"], () =>
      requests.counts(),
    ),
    family("histogram", "http_request_duration_seconds", "From a request to its answer.", by, () =>
      requests.durations(),
    ),
    family(
      "gauge",
      "nodes",
      "Nodes of the whole service; each API process tells the same.",
      ["provision_state", "power_state", "maintenance"],
      nodes,
    ),
    family("gauge", "conductor_alive", "Whether a registered conductor is alive.", ["conductor"], aliveOf),
  ];
}

export function callFamilies(transport: MeteredTransport): readonly Family[] {
  return [
    family("gauge", "calls_waiting", "Calls to conductors that wait for their answer.", ["method"], () =>
      transport.waiting(),
    ),
    family("histogram", "call_duration_seconds", "From a call to its answer.", ["method", "outcome"], () =>
      transport.answered.samples(),
    ),
    family("gauge", "calls_running", "Calls that the conductor is carrying out.", ["method"], () =>
      transport.running(),
    ),
    family(
      "histogram",
      "call_handling_duration_seconds",
      "From taking a call to its answer; the rest of its duration is the queue's.",
      ["method", "outcome"],
      () => transport.carriedOut.samples(),
    ),
  ];
}

/** Null: nobody is notified, and nothing is told. */
export function notificationFamilies(notifier: Notified | null): readonly Family[] {
  return [
    family(
      "counter",
      "notifications_total",
      "Notifications: sent, failed, or dropped while they could not be sent.",
      ["outcome"],
      () => (notifier === null ? [] : notifier.counts.samples()),
    ),
    family("gauge", "notifications_waiting", "Notifications that are not sent yet.", [], () =>
      notifier === null ? [] : one(notifier.waiting),
    ),
  ];
}

export function conductorFamilies(meters: () => ConductorMeters): readonly Family[] {
  const gauge = (name: string, help: string, read: (now: ConductorMeters) => number) =>
    family("gauge", name, help, [], () => one(read(meters())));
  const counter = (name: string, help: string, read: (now: ConductorMeters) => number) =>
    family("counter", name, help, [], () => one(read(meters())));
  return [
    gauge("workers_busy", "Places of [conductor]workers_pool_size in use.", ({ workers }) => workers.busy),
    gauge("workers", "Places of [conductor]workers_pool_size.", ({ workers }) => workers.size),
    gauge("workers_queued", "Work of the conductor's own that waits for a place.", ({ workers }) => workers.queued),
    gauge("locks_held", "Nodes locked by this conductor.", ({ locks }) => locks.held),
    gauge("lock_waiters", "Requests that wait for a node's lock.", ({ locks }) => locks.waiting),
    counter("locks_taken_total", "Locks taken.", ({ lockTally }) => lockTally.taken.value),
    counter(
      "locks_refused_total",
      "Requests refused because a node was locked.",
      ({ lockTally }) => lockTally.refused.value,
    ),
    family("histogram", "lock_wait_seconds", "Waits for a lock that was taken.", [], () =>
      meters().lockTally.waited.samples([]),
    ),
    gauge("bmc_log_bytes", "Memory of what was said to controllers.", ({ bmcLogBytes }) => bmcLogBytes),
  ];
}

export function workFamilies(flows: FlowTally, exchanges: ExchangeTally): readonly Family[] {
  return [
    family("histogram", "step_duration_seconds", "Steps of flows.", ["flow", "step", "outcome"], () =>
      flows.steps.samples(),
    ),
    family("histogram", "stage_duration_seconds", "Stays in a state of a flow.", ["state"], () =>
      flows.stages.samples(),
    ),
    family(
      "histogram",
      "flow_duration_seconds",
      "Flows, by their first state and where they ended.",
      ["flow", "end"],
      () => flows.flows.samples(),
    ),
    family("counter", "node_transitions_total", "Changes of provision states.", ["from", "to"], () =>
      flows.transitions.samples(),
    ),
    family("counter", "boot_bytes_total", "Bytes of boot files handed out.", ["protocol"], () =>
      flows.bootBytes.samples(),
    ),
    family("histogram", "bmc_exchange_duration_seconds", "Exchanges with controllers.", ["protocol", "outcome"], () =>
      exchanges.took.samples(),
    ),
    family(
      "counter",
      "bmc_requests_total",
      "Requests to controllers, by what was asked.",
      ["protocol", "request", "outcome"],
      () => exchanges.requests.samples(),
    ),
  ];
}

function keptFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: number; readonly value: Promise<T> } | null = null;
  return async () => {
    const now = performance.now();
    if (kept === null || now - kept.at > ms) kept = { at: now, value: read() };
    try {
      return await kept.value;
    } catch (error) {
      kept = null;
      throw error;
    }
  };
}
