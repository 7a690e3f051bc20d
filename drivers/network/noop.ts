/** A network that needs no changes: machines stay where they are plugged in for provisioning, cleaning and tenants. */
import { defineInterface } from "../base/define.ts";
import type { NetworkInterface } from "../base/interfaces.ts";

class NoopNetwork implements NetworkInterface {
  readonly properties = {};
  /** Taken without a word and not remembered: whoever attaches one runs a network that needs nothing done. */
  readonly vifs = { attach: async () => {}, detach: async () => {}, list: async () => [] };

  async validate(): Promise<void> {}
  async addProvisioningNetwork(): Promise<void> {}
  async removeProvisioningNetwork(): Promise<void> {}
  async addCleaningNetwork(): Promise<void> {}
  async removeCleaningNetwork(): Promise<void> {}
  async addRescuingNetwork(): Promise<void> {}
  async removeRescuingNetwork(): Promise<void> {}
  async addInspectionNetwork(): Promise<void> {}
  async removeInspectionNetwork(): Promise<void> {}
  async addServicingNetwork(): Promise<void> {}
  async removeServicingNetwork(): Promise<void> {}
  async configureTenantNetworks(): Promise<void> {}
  async unconfigureTenantNetworks(): Promise<void> {}
  async portChanged(): Promise<void> {}
}

export default defineInterface("network", "noop", () => new NoopNetwork());
