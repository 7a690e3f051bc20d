/** What commands work with. */
import type { JsonObject } from "../../common/json.ts";
import type { Hardware } from "../hardware-managers/hardware.ts";
import type { Trust } from "../http-client.ts";
import type { Journal } from "../journal.ts";
import type { AgentParameters } from "../parameters.ts";
import type { Pause } from "../pause.ts";
import type { Progress } from "../progress.ts";

export interface CommandEnvironment {
  readonly hardware: Hardware;
  readonly parameters: AgentParameters;
  readonly trust: Trust;
  readonly journal: Journal;
  readonly progress: Progress;
  readonly pause: Pause;
  /** The node as it was told last. */
  readonly node: () => JsonObject;
  readonly setNode: (node: JsonObject) => void;
  /** The lookup answer's config. */
  readonly config: () => JsonObject;
  /** Ends the heartbeats for good (rescue, power off). */
  readonly stopHeartbeats: () => void;
  /** Ends the agent, and the programs it runs. */
  readonly signal?: AbortSignal;
}
