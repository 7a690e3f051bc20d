/** [fake]: delays of fake-hardware, seconds ("3" or "1,5" for a random value between). */
import { string } from "../option.ts";

const delay = (kind: string) => string("0", `Delay of fake ${kind} operations, seconds or min,max.`);

export const fake = {
  script: string("{}", "Outcomes of nodes without driver_info/fake_script, as the same JSON object (ours)."),
  power_delay: delay("power"),
  boot_delay: delay("boot"),
  deploy_delay: delay("deploy"),
  vendor_delay: delay("vendor"),
  management_delay: delay("management"),
  inspect_delay: delay("inspect"),
  raid_delay: delay("raid"),
  bios_delay: delay("bios"),
  storage_delay: delay("storage"),
  rescue_delay: delay("rescue"),
  firmware_delay: delay("firmware"),
} as const;
