/** What is remembered about a node: history, inspection inventory, child nodes. */
import { HistoryNotFound, InvalidParameterValue, InventoryNotFound } from "../../common/errors/request.ts";
import type { HistoryStore } from "../../db/contract.ts";
import { route } from "../engine/define-route.ts";
import { PAGE_PARAMS } from "../engine/list.ts";
import { booleanParam } from "../engine/params.ts";
import { findNode } from "./find-node.ts";

const HISTORY_SINCE = 78;
const PROJECT_SINCE = 113;
const STATE_SINCE = 115;
const INVENTORY_SINCE = 81;
const CHILDREN_SINCE = 83;

/** Longest text in a summary. */
const SUMMARY_LENGTH = 255;

type Entry = Awaited<ReturnType<HistoryStore["ofNode"]>>[number];

function historyItem(entry: Entry, node: string, view: { base: string; minor: number }, detail: boolean) {
  const { uuid, created_at, severity, event } = entry;
  const short = event.length > SUMMARY_LENGTH ? `${event.slice(0, SUMMARY_LENGTH - 4)}...` : event;
  const item = {
    uuid,
    created_at,
    severity,
    event: detail ? event : short,
    links: [{ href: `${view.base}/v1/nodes/${node}/history/${uuid}`, rel: "self" }],
  };
  if (!detail) return item;
  return {
    ...item,
    event_type: entry.event_type,
    conductor: entry.conductor,
    user: entry.user,
    ...(view.minor < PROJECT_SINCE ? {} : { project: entry.project }),
    ...(view.minor < STATE_SINCE ? {} : momentOf(entry)),
  };
}

function momentOf({ state, target_provision_state, duration_seconds }: Entry) {
  return { state, target_provision_state, duration_seconds };
}

const SORT_KEYS = ["created_at", "uuid", "severity", "event", "event_type", "conductor", "user"] as const;
type SortKey = (typeof SORT_KEYS)[number];

/** One page of what is a short list anyway ([conductor]node_history_max_entries). */
function page(
  entries: readonly Entry[],
  asked: { marker?: string; limit?: number; sort_key?: string; sort_dir?: "asc" | "desc" },
  maxLimit: number,
): readonly Entry[] {
  const key: SortKey | undefined = SORT_KEYS.find((known) => known === (asked.sort_key ?? "created_at"));
  if (key === undefined) {
    throw InvalidParameterValue({ reason: `The sort_key value "${asked.sort_key}" is an invalid field for sorting.` });
  }
  if (asked.limit !== undefined && asked.limit <= 0) {
    throw InvalidParameterValue({ reason: `Limit must be positive, got ${asked.limit}.` });
  }
  const sign = asked.sort_dir === "desc" ? -1 : 1;
  const sorted = entries.toSorted((a, b) => sign * String(a[key]).localeCompare(String(b[key])));
  const start = asked.marker === undefined ? 0 : sorted.findIndex(({ uuid }) => uuid === asked.marker) + 1;
  return sorted.slice(start, start + Math.min(asked.limit ?? maxLimit, maxLimit));
}

const history = route({
  method: "GET",
  path: "/v1/nodes/:node/history",
  since: HISTORY_SINCE,
  absentText: "",
  policy: "baremetal:node:history:get",
  query: { ...PAGE_PARAMS, detail: booleanParam({ since: HISTORY_SINCE }) },
  status: 200,
  async handle(call) {
    const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
    const entries = await call.services.stores.history.ofNode(uuid);
    const shown = page(entries, call.query, call.services.config.api.max_limit);
    return { body: { history: shown.map((entry) => historyItem(entry, uuid, call, call.query.detail === true)) } };
  },
});

const historyEvent = route({
  method: "GET",
  path: "/v1/nodes/:node/history/:event",
  since: HISTORY_SINCE,
  absentText: "",
  policy: "baremetal:node:history:get",
  status: 200,
  async handle(call) {
    const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
    const wanted = call.params.event ?? "";
    const entry = (await call.services.stores.history.ofNode(uuid)).find((item) => item.uuid === wanted);
    if (entry === undefined) throw HistoryNotFound({ node: uuid, event: wanted });
    return { body: historyItem(entry, uuid, call, true) };
  },
});

const inventory = route({
  method: "GET",
  path: "/v1/nodes/:node/inventory",
  since: INVENTORY_SINCE,
  absentText: "",
  policy: "baremetal:node:inventory:get",
  status: 200,
  async handle(call) {
    const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
    const stored = await call.services.stores.inventory.get(uuid);
    if (stored === null) throw InventoryNotFound({ node: uuid });
    return { body: { inventory: stored.inventory, plugin_data: stored.plugin_data } };
  },
});

const children = route({
  method: "GET",
  path: "/v1/nodes/:node/children",
  since: CHILDREN_SINCE,
  policy: "baremetal:node:get",
  status: 200,
  async handle(call) {
    const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
    const nodes = await call.services.stores.nodes.list({
      where: [{ field: "parent_node", is: uuid }],
      fields: ["uuid"],
      ...call.caller.access("baremetal:node:list_all").listed("node"),
    });
    return {
      body: {
        children: nodes.map((child) => child.uuid),
        links: { href: `${call.base}/v1/nodes?parent_node=${uuid}`, rel: "children" },
      },
    };
  },
});

export const nodeHistoryRoutes = [history, historyEvent, inventory, children];
