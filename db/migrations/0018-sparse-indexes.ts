/**
 * Migration 18: on SQLite, indexes of columns that are mostly null hold only what has a value. Each null was an entry of
 * its own: a new node with its port wrote 22 pages, 9 of them for such entries.
 */
import { alter, type Migration } from "./migration.ts";

const UNIQUE = [
  ["nodes", "name"],
  ["nodes", "instance_uuid"],
  ["ports", "name"],
] as const;
const OTHERS = [
  ...["reservation", "chassis_uuid", "owner", "lessee", "parent_node"].map((column) => ["nodes", column] as const),
  ["ports", "portgroup_uuid"],
  ["node_secrets", "key_id"],
] as const;

export const sparseIndexes: Migration = {
  id: 18,
  name: "sparse-indexes",
  *up(sql, { sparseIndex }) {
    if (sparseIndex === undefined) return;
    const indexes = [
      ...UNIQUE.map(([table, column]) => ({ table, column, isUnique: true })),
      ...OTHERS.map(([table, column]) => ({ table, column, isUnique: false })),
    ];
    for (const index of indexes) for (const statement of sparseIndex(index)) yield* alter(sql.schema.raw(statement));
  },
};
