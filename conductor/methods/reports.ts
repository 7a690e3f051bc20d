/** What the agent sends beside heartbeats: inspection data and progress of its own. */
import { InvalidParameterValue, NotFound } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import { maskSecrets } from "../../common/secrets.ts";
import { tokenMatches } from "../agent-session.ts";
import type { Core } from "../core.ts";
import { runContinuedInspect } from "../flows/inspect.ts";
import { withNode } from "../with-node.ts";
import { startWork } from "./accept.ts";

/** Most events taken from one report, and the longest text of one. */
const MAX_EVENTS = 200;
const MAX_EVENT_BYTES = 16_384;
const UNITS = ["bytes", "seconds", "steps"] as const;

export function reportMethods(core: Core): Pick<Handlers, "continueInspection" | "agentReport"> {
  return {
    continueInspection: (p, context) =>
      withNode(core, p.node, { purpose: "continue inspection", context }, async (task) => {
        if (task.node.provision_state !== "inspect wait")
          throw NotFound({ what: `A node ${p.node} that waits for inspection data` });
        await startWork(task, "resume", {}, (later) => runContinuedInspect(later, p.inventory, p.plugin_data));
      }),
    agentReport: async (p, context) => {
      const node = await core.stores.nodes.getRevealed(p.node);
      if (!tokenMatches(node, p.agent_token))
        throw InvalidParameterValue({
          reason: `The agent_token of the report for node ${p.node} is missing or wrong.`,
        });
      for (const event of p.events.slice(0, MAX_EVENTS)) tellEvent(core, p.node, event, context.request_id);
    },
  };
}

function tellEvent(core: Core, node: string, event: JsonObject, request_id: string): void {
  if (JSON.stringify(event).length > MAX_EVENT_BYTES) return;
  const { type, stage, done, total, name, detail } = event;
  const unit = UNITS.find((known) => known === event.unit);
  if (type === "progress" && typeof stage === "string" && isCount(done) && unit !== undefined) {
    const progress = { stage, done, total: isCount(total) ? total : null, unit };
    core.lastHeard.note(node, progress, core.clock());
    core.events.emit(node, { type: "progress", ...progress }, request_id);
    return;
  }
  const shown = typeof name === "string" ? name : typeof type === "string" ? type : "unnamed";
  core.events.emit(node, { type: "agent.report", name: shown, detail: withoutSecrets(detail ?? event) }, request_id);
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function withoutSecrets(detail: Json): Json {
  return isJsonObject(detail) ? maskSecrets(detail) : detail;
}
