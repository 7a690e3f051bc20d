/** A plug-in power interface `by-hand` for fake-hardware: somebody has switched the machine on, whatever the record says. */
import { defineInterface } from "../../drivers/base/define.ts";
import type { PowerInterface } from "../../drivers/base/interfaces.ts";

/** What was asked of any machine, in order. */
export const SWITCHED: string[] = [];

const power: PowerInterface = {
  properties: {},
  supportedStates: ["power on", "power off", "rebooting"],
  validate: async () => {},
  getPowerState: async () => "power on",
  setPowerState: async (_task, target) => {
    SWITCHED.push(target);
  },
};

export const BY_HAND_PLUGIN = import.meta.filename;

export default {
  interfaces: [defineInterface("power", "by-hand", () => power)],
  hardwareTypes: [{ name: "fake-hardware", supports: { power: ["by-hand"] } }],
};
