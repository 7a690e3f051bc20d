/** Bad input at the faces to machines, line by line of reliability.md, section 6: a few of each here, thousands in the fuzzer. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decodePacket, encodePacket } from "../../boot/dhcp/packet.ts";
import { OPCODE } from "../../boot/tftp/packet.ts";
import { TftpServer } from "../../boot/tftp/server.ts";
import { defaultConfig } from "../../common/config/config.ts";
import { allowedFile, checkHost, imageAccess } from "../../common/image-access.ts";
import type { Json } from "../../common/json.ts";
import { silent } from "../../common/log.ts";
import type { Node } from "../../common/objects/node.ts";
import { checkConfigDrive } from "../../drivers/agent/config-drive.ts";
import { chassisStatus } from "../../drivers/ipmi/client/chassis.ts";
import { IpmiClient } from "../../drivers/ipmi/client/client.ts";
import { grubConfig, ipxeScript, pxelinuxConfig } from "../../drivers/pxe/boot-files.ts";
import { parseKernelParams } from "../../drivers/pxe/kernel-params.ts";
import { type Command, CommandBoard } from "../../ipa-agent/commands/command-board.ts";
import { createJournal } from "../../ipa-agent/journal.ts";
import { startServer } from "../../ipa-agent/server.ts";
import { qcow2Image } from "../support/image-server.ts";
import { RmcpBmc } from "../support/rmcp-bmc.ts";
import { packet, pxe } from "../unit/boot/dhcp/packets.ts";
import { server as dhcpServer } from "../unit/boot/dhcp/responder-bench.ts";
import { RecordedEvents, TableResolver } from "../unit/boot/doubles.ts";
import { TftpClient } from "../unit/boot/tftp/client.ts";
import { CacheBench, sha256 } from "../unit/conductor-boot/cache-bench.ts";
import { bmcAt, never, trouble } from "../unit/drivers/ipmi/client/bench.ts";
import { startStubService } from "../unit/ipa-agent/support/stub-service.ts";
import { writeBench } from "../unit/ipa-agent/support/write-bench.ts";

const signal = new AbortController().signal;

describe("bad input of machines and for machines (reliability 6)", () => {
  it("Agent API: nothing is carried out without the token, and no parameter is a command of a shell", async () => {
    const journal = createJournal({ consoles: [], debug: false, out: () => undefined });
    const ran: string[] = [];
    const echo: Command = {
      mode: "sync",
      run: async (params) => {
        ran.push(JSON.stringify(params));
        return params;
      },
    };
    const board = new CommandBoard({ "test.echo": echo }, journal, () => {});
    const options = { board, host: "127.0.0.1", port: 0, tls: null, token: "right", version: "1", startedAt: 0 };
    const server = await startServer(options);
    const post = (query: string, params: object) =>
      fetch(`http://127.0.0.1:${server.port}/v1/commands/?wait=true${query}`, {
        method: "POST",
        body: JSON.stringify({ name: "test.echo", params }),
      });
    try {
      for (const query of ["", "&agent_token=", "&agent_token=wrong", "&agent_token=right%20", "&token=right"])
        assert.equal((await post(query, {})).status, 401, query);
      assert.deepEqual(ran, []);
      const hostile = { a: "$(touch /tmp/x)", b: "; reboot", c: "`id`", d: "a\n\0b" };
      assert.equal((await post("&agent_token=right", hostile)).status, 200);
      assert.deepEqual(ran, [JSON.stringify(hostile)]);
    } finally {
      await server.close();
    }
  });

  it("Image fetch: redirects to files and metadata, endless and cut bodies, wrong checksums: no byte reaches the disk", async () => {
    await using bench = await CacheBench.start();
    const folder = mkdtempSync(join(tmpdir(), "ferric-fetch-"));
    const stub = await startStubService();
    try {
      const closed = imageAccess(defaultConfig({ conductor: { allow_local_image_urls: false } }));
      for (const text of ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://127.0.0.1/i"])
        assert.throws(() => checkHost(new URL(text), new URL(text), closed), /address/, text);
      for (const location of ["file:///etc/passwd", "gopher://h/1", "http://169.254.169.254/latest", "//[fe80::1]/x"]) {
        bench.handlers.set("/to", (_ask, answer) => answer.writeHead(302, { location }).end());
        await assert.rejects(bench.cache.fetch(`${bench.base}/to`, { signal }), Error, location);
      }
      bench.handlers.set("/short", (_ask, answer) => {
        answer.writeHead(200, { "content-length": 100 }).write("x");
        setImmediate(() => answer.destroy());
      });
      await assert.rejects(bench.cache.fetch(`${bench.base}/short`, { signal }), /short|failed|closed|terminated/i);
      const wrong = bench.serve("/wrong", "x".repeat(100));
      await assert.rejects(bench.cache.fetch(wrong, { signal, sha256: sha256("y") }), /SHA-256 checksum is/);
      assert.deepEqual(await bench.files(), []);
      const agent = await writeBench(folder, stub);
      stub.files.set("/i", { body: qcow2Image(70_000) });
      await assert.rejects(agent.write("/i"), /said to be raw but is qcow2/);
      assert.ok((await agent.content()).equals(agent.old));
    } finally {
      await stub.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("file://: without folders that are named, or from another host, nothing is opened", async () => {
    const none = { allowLocal: true, folders: [] };
    for (const text of ["file:///etc/passwd", "file://otherhost/etc/passwd", "file:///", "file:///dev/zero"])
      await assert.rejects(allowedFile(new URL(text), none), Error, text);
    await assert.rejects(allowedFile(new URL("file:///a%2fb"), { allowLocal: true, folders: ["/"] }), Error);
  });

  it("Config drive: bombs, damaged and foreign content: refused, in words that do not show it", () => {
    const access = { allowLocal: false, folders: [] };
    const bomb = gzipSync(Buffer.alloc(65 * 1024 ** 2)).toString("base64");
    const bad: readonly Json[] = [
      "hidden!",
      bomb,
      gzipSync("hidden").subarray(0, 15).toString("base64"),
      { user_data: "a", "../hidden": "b" },
      { meta_data: "hidden" },
      "file:///etc/hidden",
      "http://169.254.169.254/hidden",
    ];
    for (const configdrive of bad) {
      const node = { uuid: "u", instance_info: { configdrive } } as unknown as Node;
      assert.throws(
        () => checkConfigDrive(node, access),
        (error: Error) => !/hidden!|hidden"/.test(error.message),
      );
    }
  });

  it("Boot files: what a boot program would take for a command is refused by the grammar, and again by each writer", () => {
    const base = "http://192.0.2.1:8080/boot/0123456789abcdef";
    for (const text of ["a\nboot", `a=\${net0/ip}`, "a;reboot", "a\0b", "a=`id`", "a|b", "a\u2028b", "a\\nb"]) {
      assert.throws(() => parseKernelParams(text, "driver_info kernel_append_params"), /kernel_append_params/, text);
      for (const write of [ipxeScript, pxelinuxConfig, grubConfig])
        assert.throws(() => write({ base, params: [{ name: "a", value: text }] }), /command line/, text);
    }
    for (const write of [ipxeScript, pxelinuxConfig, grubConfig])
      assert.throws(() => write({ base: "http://h/x\nboot", params: [] }), /boot script/);
  });

  it("DHCP and TFTP: garbage, strangers, other folders, floods: errors by the book, small answers, bounded transfers", async () => {
    const { ask, leases } = dhcpServer();
    const good = encodePacket(packet("DISCOVER", pxe(0)));
    for (let at = 0; at < good.length; at += 7) {
      const cut = decodePacket(good.subarray(0, at));
      assert.ok(cut === null || (await ask(cut)).length <= 1);
    }
    assert.deepEqual(await ask(packet("DISCOVER", pxe(0), { mac: "52:54:00:ff:ff:fe" })), []);
    assert.deepEqual(
      [...leases.held.keys()].filter((mac) => mac.endsWith("ff:fe")),
      [],
    );
    const resolver = new TableResolver();
    resolver.serve("kernel", { text: "x".repeat(5000) });
    const limits = { firstTries: 2, tries: 2, longestWaitMs: 40, transfers: 20, perSource: 4 };
    const options = { host: "127.0.0.1", port: 0, resolver, events: new RecordedEvents(), log: silent };
    await using server = await TftpServer.start({ ...options, timeoutMs: 20, limits });
    await using client = await TftpClient.open(server.port);
    const errorOf = async (name: string, mode = "octet") => {
      client.read(name, {}, mode);
      const { opcode, number } = await client.next();
      return opcode === OPCODE.ERROR ? number : `no error: ${opcode}`;
    };
    const asked = ["nothing", "../../etc/passwd", "/etc/../../x", "x".repeat(512), "a\\..\\b"];
    const errors = [];
    for (const name of asked) errors.push(await errorOf(name));
    assert.deepEqual([...errors, await errorOf("kernel", "mail")], [1, 2, 2, 2, 2, 4]);
    client.read("kernel", { blksize: "65464", windowsize: "64" });
    const first = await client.next();
    assert.ok(first.opcode === OPCODE.OACK && first.body.length < 64, "little before the first acknowledgement");
    for (let at = 0; at < 200; at += 1) client.read("kernel");
    await client.next();
    assert.ok(server.size <= limits.perSource, `${server.size} transfers`);
  });

  it("IPMI over UDP: short, oversized, replayed and forged packets are dropped; the process lives and the next answer counts", async () => {
    const sent: Buffer[] = [];
    const bmc = await RmcpBmc.start({
      line: (answer) => {
        sent.push(answer);
        const forged = Buffer.from(answer);
        forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
        const bad = [Buffer.alloc(0), answer.subarray(0, 3), randomBytes(2000), forged, sent[0] ?? forged];
        return answer[5] === 0xc0 ? [...bad, answer, answer] : [Buffer.from([6]), answer];
      },
    });
    const client = new IpmiClient();
    try {
      for (const power of [true, false]) {
        bmc.power = power;
        assert.equal((await chassisStatus(client.sender(bmcAt(bmc.port), { signal: never }))).power, power);
      }
    } finally {
      await client.close();
      bmc.stop();
    }
    await onlyForgeries();
  });
});

/** A BMC that answers everything with nonsense: said so in time, not believed. */
async function onlyForgeries(): Promise<void> {
  const socket: Socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.on("message", (_packet, from) => socket.send(randomBytes(60), from.port, from.address));
  const client = new IpmiClient();
  try {
    const bmc = bmcAt(socket.address().port, { timeoutMs: 700, retransmitMs: 100 });
    assert.ok((await trouble(chassisStatus(client.sender(bmc, { signal: never })))).message.length > 0);
  } finally {
    await client.close();
    socket.close();
  }
}
