/** A network that needs no changes: machines stay where they are plugged in for provisioning, cleaning and tenants. */
import { defineInterface } from "../base/define.ts";
import { UnmovedNetwork } from "./unmoved.ts";

class NoopNetwork extends UnmovedNetwork {
  /** Taken without a word and not remembered: whoever attaches one runs a network that needs nothing done. */
  readonly vifs = { attach: async () => {}, detach: async () => {}, list: async () => [] };
}

export default defineInterface("network", "noop", () => new NoopNetwork());
