/** Steps of the management interface (contract/steps.json, management.redfish). */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { redfishAccess } from "./access.ts";
import { setClock, verifyClock } from "./bmc-clock.ts";
import { resetSecureBootKeys } from "./boot-mode.ts";
import type { System } from "./client/system.ts";
import { FirmwareUpdates, type UpdateOrder } from "./firmware-updates.ts";

const OUT_OF_BAND = { clean: 0, service: 0 } as const;

export function managementSteps(services: DriverServices): readonly StepDef[] {
  const access = redfishAccess(services);
  const now = () => (services.clock ?? Date.now)();
  const updates = new FirmwareUpdates(services);
  const doing =
    (what: string, work: (system: System, task: Task) => Promise<void>) =>
    async (task: Task): Promise<StepOutcome> => {
      await access.system(task, what, async (system) => {
        await task.ensureLock();
        await work(system, task);
      });
      return "done";
    };
  const keys = (step: string, kind: "ResetAllKeysToDefault" | "DeleteAllKeys", what: string): StepDef => ({
    step,
    flows: { clean: 0, deploy: 0 },
    run: doing(what, (system, task) => resetSecureBootKeys(system, task.node.driver, kind)),
  });
  return [
    keys("clear_secure_boot_keys", "DeleteAllKeys", "clearing the secure boot keys"),
    keys("reset_secure_boot_keys_to_default", "ResetAllKeysToDefault", "resetting the secure boot keys"),
    {
      step: "set_bmc_clock",
      flows: { clean: 0 },
      argsinfo: {
        target_datetime: { description: "Time with offset (ISO 8601); the conductor's own when absent." },
        datetime_local_offset: { description: "Offset of the BMC's zone, such as +00:00; left as it is when absent." },
      },
      run: (task, args) =>
        doing("setting the BMC's clock", (system) =>
          setClock(system, args.target_datetime, args.datetime_local_offset, now()),
        )(task),
    },
    {
      step: "update_firmware",
      flows: OUT_OF_BAND,
      argsinfo: {
        firmware_images: {
          description:
            "Images to apply in order: objects with url, and checksum (SHA-1, SHA-256 or SHA-512) or wait (seconds).",
          required: true,
        },
      },
      run: (task, args) => updates.start(task, imagesOf(args.firmware_images)),
      poll: (task) => updates.poll(task),
    },
    {
      step: "verify_bmc_clock",
      flows: { verify: 1 },
      run: async (task) =>
        services.config.redfish.enable_verify_bmc_clock
          ? await doing("verifying the BMC's clock", (system) => verifyClock(system, now()))(task)
          : "done",
    },
  ];
}

/** @throws InvalidParameterValue */
function imagesOf(given: Json | undefined): readonly UpdateOrder[] {
  if (!Array.isArray(given) || given.length === 0) throw wrong(given);
  return given.map((image) => {
    if (!isJsonObject(image) || typeof image.url !== "string" || !/^https?:\/\//.test(image.url)) throw wrong(image);
    const { wait } = image;
    const seconds = wait === undefined || wait === null ? null : Number(wait);
    if (seconds !== null && !(seconds >= 0)) throw wrong(image);
    const { checksum } = image;
    return { url: image.url, component: null, wait: seconds, ...(typeof checksum === "string" ? { checksum } : {}) };
  });
}

function wrong(value: Json | undefined) {
  return InvalidParameterValue({
    reason: `firmware_images is or has ${JSON.stringify(value)?.slice(0, 200)}; expected a list of objects with an http or https url.`,
  });
}
