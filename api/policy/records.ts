/** The kinds of records that callers see or do not see: by which rule, and how a query asks for their owner. */
import type { Condition } from "../../db/contract.ts";
import type { TargetField, TargetKind } from "./check.ts";
import type { ColumnCondition } from "./residual.ts";

export type RecordKind = "node" | "port" | "portgroup" | "volume" | "allocation" | "runbook";

export interface RecordFacts {
  readonly target: Exclude<TargetKind, null>;
  /** Who passes it sees the record; for everybody else it does not exist. */
  readonly seenBy: string;
  /** The two rules about lists: all of them, and those of one's own project. */
  readonly lists: { readonly all: string; readonly own: string };
  readonly column: ColumnCondition;
  /** Whether the project in a list's condition owns the record. */
  own(project: string): Condition;
  /** Records that are everybody's own to see and to use. */
  readonly open?: Condition;
}

type Test = Parameters<ColumnCondition>[1];

/** Null is not equal to anything, and so "not equal" to everything. */
function test(field: string, { is, negated }: Test): Condition {
  return negated ? { field, notIn: [is] } : { field, is };
}

const columnOf = (field: TargetField): string => field.slice(field.indexOf(".") + 1);
const ofRecord: ColumnCondition = (field, asked) => test(columnOf(field), asked);
/** What belongs to a node follows it. */
const ofItsNode: ColumnCondition = (field, asked) => ({ field: "node_uuid", inNodes: [ofRecord(field, asked)] });

const ownNode = (is: string): Condition => ({ anyOf: [[{ field: "owner", is }], [{ field: "lessee", is }]] });
const owned = (is: string): Condition => ({ field: "owner", is });
const ofOwnNode = (is: string): Condition => ({ field: "node_uuid", inNodes: [ownNode(is)] });

const rulesOf = (kind: string) => ({
  seenBy: `baremetal:${kind}:get`,
  lists: { all: `baremetal:${kind}:list_all`, own: `baremetal:${kind}:list` },
});
const partOfNode = (kind: string): RecordFacts => ({
  ...rulesOf(kind),
  target: "node",
  column: ofItsNode,
  own: ofOwnNode,
});

export const RECORDS: Readonly<Record<RecordKind, RecordFacts>> = {
  node: { ...rulesOf("node"), target: "node", column: ofRecord, own: ownNode },
  port: partOfNode("port"),
  portgroup: partOfNode("portgroup"),
  volume: partOfNode("volume"),
  allocation: { ...rulesOf("allocation"), target: "allocation", column: ofRecord, own: owned },
  runbook: {
    ...rulesOf("runbook"),
    target: "runbook",
    column: ofRecord,
    own: owned,
    open: { field: "public", is: true },
  },
};
