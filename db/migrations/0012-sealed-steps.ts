/**
 * Migration 12: with which key the steps of deploy templates and runbooks, and conditions and actions of inspection rules,
 * are encrypted (none: they are plain, and are encrypted at the next start).
 */
import { alter, type Migration } from "./migration.ts";

const SEALED: Readonly<Record<string, readonly string[]>> = {
  deploy_templates: ["steps"],
  runbooks: ["steps"],
  inspection_rules: ["conditions", "actions"],
};

export const sealedSteps: Migration = {
  id: 12,
  name: "sealed-steps",
  *up(sql) {
    for (const [name, columns] of Object.entries(SEALED))
      yield* alter(
        sql.schema.alterTable(name, (table) => {
          for (const column of columns) table.string(`${column}_key_id`, 32);
        }),
      );
  },
};
