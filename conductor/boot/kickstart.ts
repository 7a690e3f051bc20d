/** Kickstarts for the boot services: rendered when the installer asks, from the node as it is then. */
import type { Config } from "../../common/config/config.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import type { Stores } from "../../db/contract.ts";
import type { ResolverOptions } from "./resolver.ts";

/** Of the node, what a kickstart is made of. */
const FIELDS = ["uuid", "instance_info", "driver_internal_info"];

export function kickstarts(
  config: Config,
  stores: Pick<Stores, "nodes">,
  images: ResolverOptions["images"],
): ResolverOptions["kickstart"] {
  return async (source: KickstartSource, uuid, signal) => {
    const node = await stores.nodes.getRevealed(uuid, { fields: FIELDS });
    const { template } = source;
    // Loaded where an installer asks for one only: a start has no use for templates and images of config drives.
    const { renderKickstart, templateOf } = await import("../../drivers/anaconda/kickstart.ts");
    const held = template === null ? null : await images.acquire(template.url, { sha256: template.sha256, signal });
    try {
      const text = await templateOf(source, held?.path ?? null, config);
      return await renderKickstart(text, source.values, node, { config, signal });
    } finally {
      held?.release();
    }
  };
}
