/** The migrations in their order: listed, not scanned, so that a bundle has them too. */
import { first } from "./0001-first.ts";
import { portgroupsAndVolumes } from "./0002-portgroups-and-volumes.ts";
import { allocations } from "./0003-allocations.ts";
import { inspectionRulesAndNodeParts } from "./0004-inspection-rules-and-node-parts.ts";
import { nodeVersions } from "./0005-node-versions.ts";
import { calls } from "./0006-calls.ts";
import { portVersions } from "./0007-port-versions.ts";
import { restores } from "./0008-restores.ts";
import { historyMoments } from "./0009-history-moments.ts";
import { sealedSecrets } from "./0011-sealed-secrets.ts";
import { sealedSteps } from "./0012-sealed-steps.ts";
import { sparseIndexes } from "./0018-sparse-indexes.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  first,
  portgroupsAndVolumes,
  allocations,
  inspectionRulesAndNodeParts,
  nodeVersions,
  calls,
  portVersions,
  restores,
  historyMoments,
  sealedSecrets,
  sealedSteps,
  sparseIndexes,
];
