/** What each function of the IPMI client reads, beside what ipmitool says of the same BMC; or the same refusal of both. */
import assert from "node:assert/strict";
import { bootFlags } from "../../drivers/ipmi/client/boot-options.ts";
import { bootOption, chassisStatus, identify } from "../../drivers/ipmi/client/chassis.ts";
import type { Send } from "../../drivers/ipmi/client/client.ts";
import { powerReading } from "../../drivers/ipmi/client/dcmi.ts";
import { deviceId, systemGuid } from "../../drivers/ipmi/client/device.ts";
import { readFru } from "../../drivers/ipmi/client/fru.ts";
import { IpmiError } from "../../drivers/ipmi/client/ipmi-error.ts";
import { lanSettings } from "../../drivers/ipmi/client/lan.ts";
import type { IpmiRequest } from "../../drivers/ipmi/client/message.ts";
import { walkSdr } from "../../drivers/ipmi/client/sdr.ts";
import { selEntries, selInfo } from "../../drivers/ipmi/client/sel.ts";
import { findSensors, readSensors } from "../../drivers/ipmi/client/sensors.ts";
import { solSettings } from "../../drivers/ipmi/client/sol-settings.ts";
import { userAccess, users } from "../../drivers/ipmi/client/users.ts";

/** What ipmitool prints at a subcommand; what it complains of where it fails. */
export type Tool = (...command: readonly string[]) => Promise<string>;

export interface Beside {
  readonly send: Send;
  readonly tool: Tool;
}

/**
 * What `work` answers; null when the BMC refused it: then ipmitool has sent the same bytes, and was told the same code.
 * @throws AssertionError when it was told another one
 */
export async function alike<T>({ send, tool }: Beside, work: (send: Send) => Promise<T>): Promise<T | null> {
  const refused: IpmiRequest[] = [];
  const watched: Send = async (request) => {
    try {
      return await send(request);
    } catch (error) {
      refused.push(request);
      throw error;
    }
  };
  try {
    return await work(watched);
  } catch (error) {
    const request = refused.at(-1);
    if (!(error instanceof IpmiError) || error.code === null || request === undefined) throw error;
    const { netFn, cmd, lun = 0, data = Buffer.alloc(0) } = request;
    const said = await tool("-l", String(lun), "raw", ...[netFn, cmd, ...data].map(String));
    assert.equal(/rsp=0x([0-9a-f]+)/.exec(said)?.[1], error.code.toString(16), `${error.message}; ipmitool: ${said}`);
    return null;
  }
}

/** Lines of `Name : value`, by name. */
export function shown(output: string): Readonly<Record<string, string>> {
  const pairs = output.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}

const SHORT = { ok: "ok", "non-critical": "nc", critical: "cr", "non-recoverable": "nr", unavailable: "na" } as const;
const SELECTORS: Readonly<Record<string, string>> = {
  none: "No override",
  pxe: "Force PXE",
  disk: "Force Boot from default Hard-Drive",
  cdrom: "Force Boot from CD/DVD",
  bios: "Force Boot into BIOS Setup",
};

const activity = (is: boolean) => (is ? "active" : "inactive");

/** Each changes nothing that lasts. */
export const READINGS: Readonly<Record<string, (beside: Beside) => Promise<void>>> = {
  "chassis status": async ({ send, tool }) => {
    const [status, theirs] = [await chassisStatus(send), shown(await tool("chassis", "status"))];
    const ours: Readonly<Record<string, string>> = {
      "System Power": status.power ? "on" : "off",
      "Power Overload": String(status.overload),
      "Power Interlock": activity(status.interlock),
      "Main Power Fault": String(status.powerFault),
      "Power Control Fault": String(status.powerControlFault),
      "Power Restore Policy": status.restorePolicy,
      "Chassis Intrusion": activity(status.intrusion),
      "Front-Panel Lockout": activity(status.frontPanelLockout),
      "Drive Fault": String(status.driveFault),
      "Cooling/Fan Fault": String(status.coolingFault),
    };
    for (const [name, value] of Object.entries(ours)) assert.equal(value, theirs[name], name);
  },
  "chassis identify": async (beside) => {
    for (const seconds of [5, "on", 0] as const) {
      const isTaken = (await alike(beside, (send) => identify(send, seconds))) !== null;
      const said = await beside.tool("chassis", "identify", seconds === "on" ? "force" : String(seconds));
      assert.equal(isTaken, /identify interval/i.test(said), said);
    }
  },
  "boot flags": async (beside) => {
    const flags = await alike(beside, bootFlags);
    const said = await beside.tool("chassis", "bootparam", "get", "5");
    if (flags === null) return;
    const bytes = /parameter data: ([0-9a-f]+)/i.exec(said)?.[1] ?? "";
    assert.equal((await bootOption(beside.send, 5)).toString("hex"), bytes.toLowerCase());
    assert.equal(flags.valid, /Boot Flag Valid/.test(said), said);
    assert.equal(flags.persistent, /apply to all future boots/.test(said), said);
    assert.equal(flags.efi, /BIOS EFI boot/.test(said), said);
    const selector = SELECTORS[flags.device];
    if (selector !== undefined) assert.ok(said.includes(`Boot Device Selector : ${selector}`), said);
  },
  "device ID": async ({ send, tool }) => {
    const [id, theirs] = [await deviceId(send), shown(await tool("mc", "info"))];
    assert.equal(String(id.id), theirs["Device ID"]);
    assert.equal(String(id.revision), theirs["Device Revision"]);
    assert.equal(id.firmware, theirs["Firmware Revision"]);
    assert.equal(id.ipmiVersion, theirs["IPMI Version"]);
    assert.equal(String(id.manufacturer), theirs["Manufacturer ID"]);
    assert.equal(String(id.product), theirs["Product ID"]?.split(" ")[0]);
    assert.equal(id.available ? "yes" : "no", theirs["Device Available"]);
    assert.equal(id.providesDeviceSdrs ? "yes" : "no", theirs["Provides Device SDRs"]);
  },
  "system GUID": async (beside) => {
    const guid = await alike(beside, systemGuid);
    if (guid === null) return;
    const theirs = shown(await beside.tool("mc", "guid"))["System GUID"];
    // One of no known kind is shown by ipmitool as its bytes come.
    const bytes = Buffer.from(guid.replaceAll("-", ""), "hex").reverse().toString("hex");
    assert.equal(theirs?.includes("-") ? guid : bytes, theirs);
  },
  "sensor data records": async ({ send, tool }) => {
    const info = shown(await tool("sdr", "info"));
    assert.equal(String((await walkSdr(send)).length), info["Record Count"]);
  },
  sensors: async ({ send, tool }) => {
    const ours = await readSensors(send, await findSensors(send));
    const theirs = (await tool("sensor")).trim().split("\n");
    const cells = theirs.map((line) => line.split("|").map((cell) => cell.trim()));
    assert.deepEqual(
      ours.map(({ name, value, unit, status }) => [name, value?.toFixed(3), unit, SHORT[status]]),
      cells.map((line) => line.slice(0, 4)),
    );
    assert.ok(ours.length >= 3);
  },
  "event log": async ({ send, tool }) => {
    const [info, theirs] = [await selInfo(send), shown(await tool("sel", "info"))];
    assert.equal(String(info.entries), theirs.Entries);
    assert.equal(`${info.freeBytes} bytes`, theirs["Free Space"]);
    const entries = await selEntries(send);
    assert.equal(entries.length, info.entries);
    const records = (await tool("-v", "sel", "list")).split("\n\n").map(shown);
    for (const [at, entry] of entries.entries()) {
      const record = records[at];
      // Records of a maker's own kind are shown in another way.
      if (record?.["Sensor Number"] === undefined) continue;
      assert.equal(entry.sensorNumber.toString(16).padStart(2, "0"), record["Sensor Number"]);
      assert.equal(entry.asserted ? "Assertion Event" : "Deassertion Event", record["Event Direction"]);
      assert.equal(entry.raw.slice(-6), record["Event Data"]);
    }
  },
  FRU: async (beside) => {
    const fru = await alike(beside, (send) => readFru(send));
    if (fru === null) return;
    const theirs = shown(await beside.tool("fru", "print", "0"));
    assert.equal(fru.chassis?.serial, theirs["Chassis Serial"]);
    assert.equal(fru.board?.product, theirs["Board Product"]);
    assert.equal(fru.board?.serial, theirs["Board Serial"]);
    for (const [name, label] of [
      ["manufacturer", "Manufacturer"],
      ["name", "Name"],
      ["serial", "Serial"],
    ] as const)
      assert.equal(fru.product?.[name], theirs[`Product ${label}`]);
  },
  users: async ({ send, tool }) => {
    const lines = (await tool("-c", "user", "list", "1"))
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const ours = (await users(send, 1)).filter(({ name }) => name !== "");
    for (const { id, name, privilege, mayUseIpmi } of ours) {
      const theirs = lines.find(([at]) => at === String(id));
      assert.equal(name, theirs?.[1]);
      assert.equal(privilege, theirs?.at(-1)?.toLowerCase());
      assert.equal(String(mayUseIpmi), theirs?.[4]);
    }
    assert.ok(ours.length >= 2);
    const summary = shown(await tool("user", "summary", "1"));
    const { most, fixedNames } = await userAccess(send, 2, 1);
    assert.equal(String(most), summary["Maximum IDs"]);
    assert.equal(String(fixedNames), summary["Fixed Name Count"]);
  },
  LAN: async (beside) => {
    const ours = await alike(beside, (send) => lanSettings(send, 1));
    if (ours === null) return;
    const theirs = shown(await beside.tool("lan", "print", "1"));
    assert.equal(ours.address, theirs["IP Address"]);
    assert.equal(ours.mask, theirs["Subnet Mask"]);
    assert.equal(ours.mac, theirs["MAC Address"]);
    assert.equal(ours.gateway, theirs["Default Gateway IP"]);
    assert.equal(ours.source === "static", /Static/.test(theirs["IP Address Source"] ?? ""));
  },
  "settings of the serial line": async (beside) => {
    const ours = await alike(beside, (send) => solSettings(send, 1));
    if (ours === null) return;
    // ipmitool shows 0 for what the BMC does not know.
    const theirs = shown(await beside.tool("sol", "info", "1"));
    assert.equal(String(ours.enabled), theirs.Enabled);
    assert.equal(String(ours.forcesEncryption ?? false), theirs["Force Encryption"]);
    assert.equal(String(ours.accumulateMs ?? 0), theirs["Character Accumulate Level (ms)"]);
    assert.equal(String(ours.threshold ?? 0), theirs["Character Send Threshold"]);
    assert.equal(String(ours.retries ?? 0), theirs["Retry Count"]);
    assert.equal(String(ours.retryMs ?? 0), theirs["Retry Interval (ms)"]);
  },
  "power meter": async (beside) => {
    const ours = await alike(beside, powerReading);
    const said = await beside.tool("dcmi", "power", "reading");
    if (ours !== null) assert.match(said, new RegExp(`Instantaneous power reading: +${ours.current} Watts`));
  },
  "raw command": async (beside) => {
    const ours = (await beside.send({ name: "raw", netFn: 6, cmd: 1 })).toString("hex");
    assert.equal(ours, (await beside.tool("raw", "6", "1")).replaceAll(/\s/g, ""));
    assert.equal(await alike(beside, (send) => send({ name: "raw", netFn: 6, cmd: 0xee })), null);
  },
};
