/** Networks between which machines are not moved: every change of phase leaves the switches as they are. */
import type { NetworkInterface } from "../base/interfaces.ts";

export class UnmovedNetwork implements NetworkInterface {
  readonly properties = {};

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
