/** Whether the enabled drivers can be loaded, without acting on anything. */
import type { Config } from "../common/config/config.ts";
import { silent } from "../common/log.ts";
import { DriverConfigurationError, loadDrivers } from "../drivers/registry.ts";

/** Loads the enabled drivers with services that refuse to act. */
export async function driverProblems(config: Config): Promise<readonly string[]> {
  const refuse = () => Promise.reject(new Error("a check of the configuration acts on nothing"));
  try {
    await loadDrivers({
      config,
      log: silent,
      boot: { publish: refuse, withdraw: refuse },
      images: { fetch: refuse },
      storeInventory: refuse,
      inspectionRules: refuse,
      kept: { biosSettings: refuse, keepBiosSettings: refuse, keepFirmware: refuse },
      sleep: refuse,
      now: () => performance.now(),
    });
    return [];
  } catch (error) {
    if (error instanceof DriverConfigurationError) return error.problems;
    throw error;
  }
}
