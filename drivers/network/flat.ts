/**
 * One network for everything: machines stay where they are plugged in. VIFs are ports of Neutron, for which there is no
 * client yet: attaching one is refused by name, since it would have no effect that a tenant could see.
 */
import { NotBuiltYet } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import { UnmovedNetwork } from "./unmoved.ts";

async function refuse(): Promise<never> {
  throw NotBuiltYet({ what: "VIF attachment of the network interface flat (ports of Neutron; use noop without it)" });
}

class FlatNetwork extends UnmovedNetwork {
  /** Tenants' machines reach the metadata service of their network. */
  readonly capabilities = ["metadata"];
  readonly vifs = { attach: refuse, detach: refuse, list: async () => [] };
}

export default defineInterface("network", "flat", () => new FlatNetwork());
