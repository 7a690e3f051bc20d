/**
 * The IPMI client against the BMC of a QEMU server (ipmi_sim, with which the machine itself speaks over QEMU's KCS
 * interface): every function beside ipmitool, and a login on the machine's serial line. The tests are one story.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BootDevice, bootFlags, keepBootFlags, setBootFlags } from "../../../drivers/ipmi/client/boot-options.ts";
import { chassisControl, chassisStatus } from "../../../drivers/ipmi/client/chassis.ts";
import { type Bmc, IpmiClient, type Send } from "../../../drivers/ipmi/client/client.ts";
import { deviceId, resetBmc } from "../../../drivers/ipmi/client/device.ts";
import { lanSettings, setLan } from "../../../drivers/ipmi/client/lan.ts";
import { clearSel, selEntries } from "../../../drivers/ipmi/client/sel.ts";
import { enableSol, solSettings } from "../../../drivers/ipmi/client/sol-settings.ts";
import { enableUser, setPassword, setUserAccess, setUserName, userAccess } from "../../../drivers/ipmi/client/users.ts";
import { alike, READINGS, shown } from "../../support/ipmi-comparisons.ts";
import { GUEST, loginGuest } from "../../support/login-guest.ts";
import { QemuServer, qemuServerMissing } from "../../support/qemu-server.ts";
import { buildRamdisk, ramdiskMissing } from "../../support/ramdisk.ts";
import { SolTerminal } from "../../support/sol-terminal.ts";
import { bmcAt, ipmitool, never, trouble } from "../../unit/drivers/ipmi/client/bench.ts";
import { IpmitoolLine } from "./ipmitool-line.ts";

const BOOT_MS = 240_000;
const LINE_MS = 60_000;
const PROMPT = new RegExp(GUEST.prompt);
/** Add SEL Entry (IPMI 2.0, 31.6): a temperature that is too high. */
const ADD_EVENT = "0x0a 0x44 0 0 2 0 0 0 0 0x20 0 4 1 0x30 1 0x57 0x20 0x1f";
/** Boot devices with ipmitool's names for them. */
const DEVICES: readonly (readonly [BootDevice, string])[] = [
  ["pxe", "pxe"],
  ["disk", "disk"],
  ["safe", "safe"],
  ["diagnostic", "diag"],
  ["cdrom", "cdrom"],
  ["bios", "bios"],
  ["floppy", "floppy"],
  ["none", "none"],
];

describe("a QEMU server's BMC, natively and by ipmitool", function () {
  this.timeout(BOOT_MS + LINE_MS);
  let folder: string;
  let server: QemuServer;
  let client: IpmiClient;
  let bmc: Bmc;
  let send: Send;
  let terminal: SolTerminal;
  const tool = (...command: readonly string[]) => ipmitool(server.port, 3, ...command);
  const beside = () => ({ send, tool });

  before(async function () {
    const reason = ramdiskMissing() ?? qemuServerMissing();
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
    this.timeout(600_000);
    folder = mkdtempSync(join(tmpdir(), "ferric-guest-"));
    server = await QemuServer.start(loginGuest(await buildRamdisk(), folder));
    client = new IpmiClient();
    bmc = bmcAt(server.port, { timeoutMs: 40_000, retransmitMs: 1000 });
    send = client.sender(bmc, { signal: never });
  });
  after(async () => {
    await client?.close();
    await server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  for (const [name, compare] of Object.entries(READINGS))
    it(`reads, or is refused, what ipmitool is: ${name}`, async () => await compare(beside()));

  it("reads a controller behind the BMC over a bridge", async () => {
    const bridge = { target: { channel: 0, address: 0x30 }, transit: null, localAddress: null };
    const id = await deviceId(client.sender({ ...bmc, bridge }, { signal: never }));
    const theirs = shown(await tool("-t", "0x30", "-b", "0", "mc", "info"));
    assert.equal(String(id.manufacturer), theirs["Manufacturer ID"]);
    assert.notEqual(id.manufacturer, (await deviceId(send)).manufacturer);
  });

  for (const [device, theirName] of DEVICES)
    it(`sets the boot device ${device}, or is refused like ipmitool`, async () => {
      await alike(beside(), keepBootFlags);
      const flags = { valid: true, persistent: true, efi: true, device };
      const isTaken = (await alike(beside(), (say) => setBootFlags(say, flags))) !== null;
      if (isTaken) assert.equal((await bootFlags(send)).device, device);
      await READINGS["boot flags"]?.(beside());
      const said = await tool("chassis", "bootdev", theirName);
      assert.equal(isTaken, /Set Boot Device to/.test(said), said);
    });

  it("sets users, network and the serial line, as ipmitool then shows", async () => {
    await setUserName(send, 4, "guest");
    await setPassword(send, 4, "guest-password");
    await setUserAccess(send, 4, { privilege: "operator", mayUseIpmi: true }, 1);
    await enableUser(send, 4, true);
    assert.match(await tool("user", "list", "1"), /4\s+guest .*OPERATOR/);
    const guest = { ...bmc, username: "guest", password: "guest-password", privilege: 3 };
    assert.equal((await userAccess(client.sender(guest, { signal: never }), 4, 1)).user.privilege, "operator");
    if ((await alike(beside(), (say) => setLan(say, { address: "10.77.1.99" }, 1))) !== null)
      assert.equal((await lanSettings(send, 1)).address, "10.77.1.99");
    await READINGS.LAN?.(beside());
    for (const enabled of [false, true])
      if ((await alike(beside(), (say) => enableSol(say, enabled, 1))) !== null)
        assert.equal((await solSettings(send, 1)).enabled, enabled);
    await READINGS["settings of the serial line"]?.(beside());
  });

  it("switches the machine on, whose boot shows on a line that was opened before", async () => {
    terminal = await SolTerminal.open(client, bmc);
    assert.equal(server.pid, null);
    await chassisControl(send, "on");
    assert.equal((await chassisStatus(send)).power, true);
    assert.match(await tool("power", "status"), /is on/);
    assert.ok(server.pid !== null);
    await terminal.reads(new RegExp(`${GUEST.hostname} login: `), BOOT_MS);
  });

  it("logs in over the serial line and runs a command", async () => {
    await terminal.asks(`${GUEST.user}\r`, /Password: /, LINE_MS);
    await terminal.types("wrong-word\r");
    await terminal.reads(/Login incorrect[\s\S]*login: /, LINE_MS);
    await terminal.asks(`${GUEST.user}\r`, /Password: /, LINE_MS);
    await terminal.types(`${GUEST.password}\r`);
    await terminal.reads(PROMPT, LINE_MS);
    // The answer must not be the echo of the question.
    await terminal.types('echo "on $(hostname) as $(id -u)"\r');
    await terminal.reads(new RegExp(`\r\non ${GUEST.hostname} as 0\r\n`), LINE_MS);
  });

  it("loses no character of what is long, either way", async () => {
    const numbers = Array.from({ length: 600 }, (_, at) => String(at + 1));
    await terminal.types("seq 1 600; echo the-end-$?\r");
    const printed = await terminal.reads(/the-end-0/, LINE_MS);
    assert.deepEqual(
      printed.split("\r\n").filter((line) => /^\d+$/.test(line)),
      numbers,
    );
    const lines = numbers.slice(0, 40).map((number) => `${number.padStart(50, ".")}\n`);
    await terminal.types("stty -echo; echo ready-$?; cat >/tmp/typed; stty echo\r");
    await terminal.reads(/ready-0/, LINE_MS);
    await terminal.types(`${lines.join("")}\x04`);
    await terminal.asks("wc -c </tmp/typed; tail -n 1 /tmp/typed\r", /\r\n2040\r\n\.+40\r\n/, LINE_MS);
    assert.deepEqual(terminal.noticed, []);
  });

  it("is the BMC that the machine itself has over QEMU's KCS interface", async () => {
    const { manufacturer } = await deviceId(send);
    await terminal.asks("ipmitool mc info | grep Manuf.*ID\r", new RegExp(`ID +: ${manufacturer}\r\n`), LINE_MS);
    const before = (await selEntries(send)).length;
    await terminal.types(`ipmitool raw ${ADD_EVENT}; echo told-$?\r`);
    await terminal.reads(/told-0/, LINE_MS);
    assert.equal((await selEntries(send)).length, before + 1);
    await READINGS["event log"]?.(beside());
    await clearSel(send, never);
    assert.equal(shown(await tool("sel", "info")).Entries, "0");
  });

  it("reads the same with the machine on", async () => {
    for (const compare of Object.values(READINGS)) await compare(beside());
  });

  it("has a line that is refused to another, natively and to ipmitool, until it is taken over", async () => {
    const refused = await trouble(SolTerminal.open(client, bmc));
    assert.match(refused.message, /already active on another session \(completion code 80h\)/);
    assert.match(await tool("sol", "activate"), /already active on another session/);
    const other = await SolTerminal.open(client, bmc, true);
    // Who was logged in still is: the machine is not told who is at its line.
    await other.asks("\r", PROMPT, LINE_MS);
    await terminal.types("x").catch(() => {});
    assert.ok(terminal.ended, "whom nobody listens to is told so");
    terminal = other;
  });

  it("gives the line back, which ipmitool then has, with the same login", async () => {
    await terminal.close();
    assert.equal(terminal.ended, null);
    const theirs = new IpmitoolLine(server.port);
    try {
      await theirs.asks('echo "by ipmitool as $(id -u)"\r', /\r\nby ipmitool as 0\r\n/, LINE_MS);
    } finally {
      await theirs.end();
    }
    terminal = await SolTerminal.open(client, bmc, true);
    await terminal.asks("\r", PROMPT, LINE_MS);
  });

  it("is told that the line is gone when the BMC dies, and opens it again at the next one", async () => {
    await server.killBmc();
    const lost = await trouble(terminal.types("y"));
    assert.equal(lost.trouble, "silent");
    assert.equal(terminal.ended?.trouble, "silent");
    await server.startBmc();
    terminal = await SolTerminal.open(client, bmc);
    await terminal.asks('echo "still $(id -u)"\r', /\r\nstill 0\r\n/, LINE_MS);
  });

  it("switches the machine as ipmitool does; its line outlives it", async () => {
    const first = server.pid;
    for (const control of ["soft", "diag", "reset"] as const)
      await alike(beside(), (say) => chassisControl(say, control));
    assert.ok(server.pid !== null && server.pid !== first, "reset has started it anew");
    await terminal.reads(new RegExp(`${GUEST.hostname} login: `), BOOT_MS);
    await chassisControl(send, "off");
    assert.equal(server.pid, null);
    assert.match(await tool("power", "status"), /is off/);
    assert.equal(terminal.ended, undefined);
    await terminal.close();
    for (const kind of ["warm", "cold"] as const) await alike(beside(), (say) => resetBmc(say, kind));
  });
});
