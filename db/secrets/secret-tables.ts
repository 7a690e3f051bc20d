/** All places of the database that hold encrypted values: what is counted, brought under new keys and imported sealed. */
import { inspectionRuleTable } from "../records/inspection-tables.ts";
import { deployTemplateTable, runbookTable } from "../records/named-tables.ts";
import { sealedColumns } from "./sealed-lists.ts";
import { NODE_SECRETS, type SecretTable, TARGET_SECRETS } from "./sealer.ts";

export const SECRET_TABLES: readonly SecretTable[] = [
  NODE_SECRETS,
  TARGET_SECRETS,
  ...[deployTemplateTable, runbookTable, inspectionRuleTable].flatMap(sealedColumns),
];
