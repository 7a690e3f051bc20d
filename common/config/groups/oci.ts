/** [oci] */
import { optional } from "../option.ts";

export const oci = {
  authentication_config: optional(
    "File with the secrets of container registries as docker and podman keep them (config.json: auths, registry, auth), for nodes that have no image_pull_secret of their own.",
  ),
} as const;
