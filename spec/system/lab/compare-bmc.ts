/** Every function that reads, natively and by ipmitool, of the same BMC with a machine behind it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { chassisStatus, identify } from "../../../drivers/ipmi/client/chassis.ts";
import { type Bmc, IpmiClient, type Send } from "../../../drivers/ipmi/client/client.ts";
import { deviceId, systemGuid } from "../../../drivers/ipmi/client/device.ts";
import { readFru } from "../../../drivers/ipmi/client/fru.ts";
import { lanSettings } from "../../../drivers/ipmi/client/lan.ts";
import { selEntries, selInfo } from "../../../drivers/ipmi/client/sel.ts";
import { findSensors, readSensors } from "../../../drivers/ipmi/client/sensors.ts";
import { users } from "../../../drivers/ipmi/client/users.ts";
import { readingsIn } from "../../../drivers/ipmi/ipmitool-sensors.ts";

type Tool = (...command: readonly string[]) => Promise<string>;
type Comparison = (send: Send, tool: Tool) => Promise<void>;

const run = promisify(execFile);

/** Throws for the first difference; prints what was compared. */
export async function compareBmc(host: string, password: string): Promise<void> {
  const client = new IpmiClient();
  const login = { username: "admin", password, kgKey: null, privilege: 4, cipherSuites: [3] };
  const bmc: Bmc = { ...login, host, port: 623, timeoutMs: 20_000, bridge: null };
  const send = client.sender(bmc, { signal: new AbortController().signal });
  const session = ["-I", "lanplus", "-C", "3", "-H", host, "-U", "admin", "-E"];
  const env = { ...process.env, IPMI_PASSWORD: password };
  const tool: Tool = async (...command) => {
    const ended = await run("ipmitool", [...session, ...command], { env }).catch((error: { stderr?: string }) => ({
      stdout: `refused: ${error.stderr}`,
    }));
    return ended.stdout;
  };
  try {
    for (const [name, compare] of Object.entries(COMPARISONS)) {
      await compare(send, tool);
      console.log(`          as ipmitool: ${name}`);
    }
  } finally {
    await client.close();
  }
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "chassis status": async (send, tool) => {
    const theirs = shown(await tool("chassis", "status"));
    assert.equal((await chassisStatus(send)).power ? "on" : "off", theirs["System Power"]);
  },
  identify: async (send, tool) => {
    const ours = await refusal(identify(send, 5));
    assert.equal(ours !== null, /refused/.test(await tool("chassis", "identify", "5")));
  },
  "device ID and GUID": async (send, tool) => {
    const [id, theirs] = [await deviceId(send), shown(await tool("mc", "info"))];
    assert.equal(id.firmware, theirs["Firmware Revision"]);
    assert.equal(String(id.manufacturer), theirs["Manufacturer ID"]);
    assert.equal(await systemGuid(send), shown(await tool("mc", "guid"))["System GUID"]);
  },
  sensors: async (send, tool) => {
    const ours = await readSensors(send, await findSensors(send));
    const theirs = readingsIn(await tool("-c", "sdr", "list", "all"));
    for (const { name, value } of ours) {
      const same = theirs.find((reading) => reading.name === name);
      assert.equal(value?.toFixed(2), same?.value?.toFixed(2), name);
    }
    assert.ok(ours.length >= 3);
  },
  "event log": async (send, tool) => {
    const [info, theirs] = [await selInfo(send), shown(await tool("sel", "info"))];
    assert.equal(String(info.entries), theirs.Entries);
    assert.equal((await selEntries(send)).length, info.entries);
  },
  FRU: async (send, tool) => {
    const ours = await refusal(readFru(send));
    assert.equal(ours === null, /Serial|Mfg/.test(await tool("fru", "print", "0")), String(ours));
  },
  users: async (send, tool) => {
    const lines = (await tool("-c", "user", "list", "1")).trim().split("\n");
    for (const { id, name } of await users(send, 1)) {
      if (name !== "") assert.equal(lines.map((line) => line.split(",")).find(([at]) => at === String(id))?.[1], name);
    }
  },
  LAN: async (send, tool) => {
    const theirs = shown(await tool("lan", "print", "1"));
    const ours = await lanSettings(send, 1).catch(String);
    if (typeof ours === "string") return assert.equal(theirs["IP Address"], undefined, ours);
    assert.equal(ours.address, theirs["IP Address"]);
    assert.equal(ours.mac, theirs["MAC Address"]);
  },
  "raw command": async (send, tool) => {
    const ours = (await send({ name: "raw", netFn: 6, cmd: 1 })).toString("hex");
    assert.equal(ours, (await tool("raw", "6", "1")).replaceAll(/\s/g, ""));
  },
};

async function refusal(work: Promise<unknown>): Promise<string | null> {
  return await work.then(
    () => null,
    (error: unknown) => String(error),
  );
}

function shown(output: string): Readonly<Record<string, string>> {
  const pairs = output.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}
