/** Which nodes have waited for long. */
import type { State } from "../../common/states.ts";
import type { Condition } from "../../db/contract.ts";
import { timestamp } from "../clock.ts";
import type { Core } from "../core.ts";

/** For more than `seconds` in one of `states`, while nobody works on them: no task, and no operator (maintenance). */
export function oldWaits(core: Pick<Core, "clock">, states: readonly State[], seconds: number): readonly Condition[] {
  return [
    { field: "provision_state", in: states },
    { field: "maintenance", is: false },
    { field: "reservation", null: true },
    { field: "provision_updated_at", below: timestamp(core.clock() - seconds * 1000) },
  ];
}
