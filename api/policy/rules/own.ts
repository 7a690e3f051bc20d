/** Default rules of ferric's own paths, outside /v1. */
import { OWNER_READER, SYSTEM_ADMIN, SYSTEM_READER } from "./expressions.ts";
import { general, ofNode, type PolicyRule } from "./rule.ts";

export const OWN_RULES: readonly PolicyRule[] = [
  general("ferric:events:get", SYSTEM_READER, "GET /ferric/v1/events"),
  ofNode("ferric:node:progress:get", OWNER_READER, "GET /ferric/v1/nodes/{node_ident}/progress"),
  ofNode("ferric:node:lock:get", OWNER_READER, "GET /ferric/v1/nodes/{node_ident}/lock"),
  ofNode("ferric:node:lock:release", SYSTEM_ADMIN, "POST /ferric/v1/nodes/{node_ident}/lock/release"),
  ofNode("ferric:node:bmc_log:get", SYSTEM_ADMIN, "GET /ferric/v1/nodes/{node_ident}/bmc-log"),
  ofNode("ferric:node:abort", SYSTEM_ADMIN, "POST /ferric/v1/nodes/{node_ident}/abort"),
];
