/** [service_catalog]: only where agents reach the API; the rest of Ironic's section is about keystone. */
import { optional } from "../option.ts";

export const serviceCatalog = {
  endpoint_override: optional(
    "URL of the API as ramdisks reach it; [api]public_endpoint or host_ip and port when empty.",
  ),
} as const;
