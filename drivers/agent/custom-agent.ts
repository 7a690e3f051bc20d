/** Deploy interface `custom-agent`: the agent runs only steps of users, templates and hardware managers; no image is written. */
import { defineInterface } from "../base/define.ts";
import { AgentDeploy, WRITES_NOTHING } from "./direct.ts";

export default defineInterface("deploy", "custom-agent", (services) => new AgentDeploy(WRITES_NOTHING, services));
