/** Ironic's nodes as ours: secrets apart, references by UUID, and nobody at work on them. */
import { type Node, SECRET_HOLDERS } from "../../common/objects/node.ts";
import { can, transition } from "../../common/provision-machine.ts";
import { STATES, type State, WAIT_STATES, WORKING_STATES } from "../../common/states.ts";
import type { SqlValue } from "../engine.ts";
import { nodeTable } from "../records/node-table.ts";
import { splitSecrets } from "../records/secret-split.ts";
import { objectOf, recordOf } from "./convert.ts";
import type { SourceRow } from "./source.ts";

export interface NodeReferences {
  chassis(id: SqlValue | undefined): string | null;
  allocation(id: SqlValue | undefined): string | null;
  conductor(id: SqlValue | undefined): string | null;
}

export interface ImportedNode {
  readonly record: Readonly<Record<string, SqlValue>>;
  readonly secrets: readonly { readonly holder: string; readonly path: string; readonly value: string }[];
}

const HOLDS: readonly State[] = ["deploy hold", "clean hold", "service hold"];
const TRANSIENT: readonly State[] = [...WORKING_STATES, ...WAIT_STATES, ...HOLDS];

/** Why a node cannot be taken over as it is: somebody works on it. Null when it can. */
export function whyBusy(row: SourceRow): string | null {
  const { provision_state: state, reservation } = row;
  if (reservation !== null && reservation !== undefined) return `locked by ${reservation}, in state ${state}`;
  return TRANSIENT.some((one) => one === state) ? `in state ${state}` : null;
}

export function importedNode(row: SourceRow, references: NodeReferences): ImportedNode {
  const secrets: { holder: string; path: string; value: string }[] = [];
  const documents = SECRET_HOLDERS.map((holder) => {
    const split = splitSecrets(objectOf(row[holder]), new Map());
    for (const [path, value] of split.secrets) secrets.push({ holder, path, value });
    return [holder, split.masked];
  });
  const own = {
    ...Object.fromEntries(documents),
    chassis_uuid: references.chassis(row.chassis_id),
    allocation_uuid: references.allocation(row.allocation_id),
    conductor_affinity: references.conductor(row.conductor_affinity),
    reservation: null,
    lock_number: 0,
    lock_owner: null,
    lock_purpose: null,
    lock_since: null,
    ...settled(row),
  };
  return { record: recordOf(nodeTable, row, own), secrets };
}

/** Who was at work there goes no further here: the flow's fail state, as after a crash. */
function settled(row: SourceRow): Partial<Node> {
  const state = STATES.find((one) => one === row.provision_state);
  const power = row.target_power_state === null ? {} : { target_power_state: null };
  if (state === undefined || !TRANSIENT.includes(state)) return power;
  const target = STATES.find((one) => one === row.target_provision_state) ?? null;
  const next = transition({ state, target }, can(state, "fail") ? "fail" : "abort");
  return {
    ...power,
    provision_state: next.state,
    target_provision_state: next.target,
    last_error: `The node was in state ${state} when it was imported from Ironic; what was under way ended there. Look at the machine before you go on.`,
  };
}
