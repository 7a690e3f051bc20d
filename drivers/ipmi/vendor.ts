/** Vendor calls over IPMI: raw commands and the reset of the BMC. Raw commands as steps are refused by default. */
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { VendorInterface, VendorMethod } from "../base/interfaces.ts";
import type { StepDef } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { booleanOf } from "../reading.ts";
import type { IpmiAccess } from "./access.ts";
import { PROPERTIES } from "./connection.ts";
import { ipmitoolAccess } from "./ipmitool-access.ts";

const RAW = "Bytes to send to the BMC, as a text such as 0x00 0x01.";
const BYTE = /^(0x[0-9a-f]{1,2}|\d{1,3})$/i;
/** An IPMI message has room for less. */
const MOST_BYTES = 255;

/** @throws MissingParameterValue, InvalidParameterValue */
function rawBytes({ raw_bytes: value }: JsonObject): readonly number[] {
  if (value === undefined || value === null || value === "")
    throw MissingParameterValue({ reason: `raw_bytes is missing: ${RAW}` });
  const bytes = typeof value === "string" ? value.trim().split(/\s+/) : [];
  const valid = bytes.length >= 2 && bytes.length <= MOST_BYTES && bytes.every(isByte);
  if (!valid)
    throw InvalidParameterValue({
      reason: `raw_bytes is ${JSON.stringify(value).slice(0, 100)}; expected network function, command and data as bytes, such as "0x06 0x01".`,
    });
  return bytes.map(Number);
}

function isByte(text: string): boolean {
  return BYTE.test(text) && Number(text) <= 255;
}

/** @throws MissingParameterValue, InvalidParameterValue */
function isWarm({ warm }: JsonObject): boolean {
  if (warm === undefined || warm === null)
    throw MissingParameterValue({
      reason: "warm is missing: give true for a warm reset of the BMC, false for a cold one.",
    });
  const value = booleanOf(warm as Json);
  if (value === null)
    throw InvalidParameterValue({ reason: `warm is ${JSON.stringify(warm).slice(0, 100)}; give true or false.` });
  return value;
}

export function ipmiVendor(access: IpmiAccess): VendorInterface {
  const send = async (task: Task, args: JsonObject): Promise<void> => {
    const bytes = rawBytes(args);
    await task.ensureLock();
    await access.raw(task, bytes);
  };
  const methods: Readonly<Record<string, VendorMethod>> = {
    bmc_reset: {
      verbs: ["POST"],
      async: true,
      exclusive: true,
      description: "Resets the BMC. Required argument: warm, true for a warm reset and false for a cold one.",
      check: (_task, args) => void isWarm(args),
      async run(task, args) {
        const kind = isWarm(args) ? "warm" : "cold";
        await task.ensureLock();
        await access.resetBmc(task, kind);
        return null;
      },
    },
    send_raw: {
      verbs: ["POST"],
      async: true,
      exclusive: true,
      description: `Sends raw bytes to the BMC. Required argument: raw_bytes. ${RAW}`,
      check: (_task, args) => void rawBytes(args),
      async run(task, args) {
        await send(task, args);
        return null;
      },
    },
  };
  const sendRaw: StepDef = {
    step: "send_raw",
    flows: { clean: 0, deploy: 0, service: 0 },
    abortable: false,
    requiresRamdisk: false,
    argsinfo: { raw_bytes: { description: RAW, required: true } },
    async run(task, args) {
      await send(task, args);
      return "done";
    },
  };
  return {
    properties: PROPERTIES,
    validate: async (task) => access.check(task.node),
    steps: [sendRaw],
    methods,
  };
}

export default defineInterface("vendor", "ipmitool", (services) => ipmiVendor(ipmitoolAccess(services)));
