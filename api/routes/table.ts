/** Every route of the API, fixed paths before those with parameters in the same place. */
import type { Route } from "../engine/route.ts";
import { allocationRoutes } from "./allocations.ts";
import { chassisRoutes } from "./chassis.ts";
import { conductorRoutes } from "./conductors.ts";
import { inspectionDataRoutes } from "./continue-inspection.ts";
import { deployTemplateRoutes } from "./deploy-templates.ts";
import { discoveryRoutes } from "./discovery.ts";
import { driverRoutes } from "./drivers.ts";
import { eventRoutes } from "./events.ts";
import { inspectionRuleRoutes } from "./inspection-rules.ts";
import { nodeAllocationRoutes } from "./node-allocation.ts";
import { nodeHistoryRoutes } from "./node-history.ts";
import { nodeIndicatorRoutes } from "./node-indicators.ts";
import { nodeListRoutes } from "./node-list.ts";
import { nodeManagementRoutes } from "./node-management.ts";
import { nodePartRoutes } from "./node-parts.ts";
import { nodeProvisionRoutes } from "./node-provision.ts";
import { nodeStateRoutes } from "./node-states.ts";
import { nodeTraitRoutes } from "./node-traits.ts";
import { nodeVifRoutes } from "./node-vifs.ts";
import { nodeFieldRoute, nodeRoutes } from "./nodes.ts";
import { portgroupRoutes } from "./portgroups.ts";
import { portRoutes } from "./ports.ts";
import { ramdiskRoutes } from "./ramdisk.ts";
import { runbookTraitRoutes } from "./runbook-traits.ts";
import { runbookRoutes } from "./runbooks.ts";
import { shardRoutes } from "./shards.ts";
import { vendorRoutes } from "./vendor.ts";
import { volumeRoutes } from "./volumes.ts";

export const ROUTES: readonly Route[] = [
  ...discoveryRoutes,
  ...nodeListRoutes,
  ...nodeManagementRoutes,
  ...nodeRoutes,
  ...nodeStateRoutes,
  ...nodeProvisionRoutes,
  ...nodeHistoryRoutes,
  ...portRoutes,
  ...portgroupRoutes,
  ...nodeTraitRoutes,
  ...nodeVifRoutes,
  ...volumeRoutes,
  ...shardRoutes,
  ...chassisRoutes,
  ...conductorRoutes,
  ...driverRoutes,
  ...vendorRoutes,
  ...nodeIndicatorRoutes,
  ...nodePartRoutes,
  ...ramdiskRoutes,
  ...inspectionDataRoutes,
  ...inspectionRuleRoutes,
  ...allocationRoutes,
  ...nodeAllocationRoutes,
  ...deployTemplateRoutes,
  ...runbookRoutes,
  ...runbookTraitRoutes,
  ...eventRoutes,
  nodeFieldRoute,
];
