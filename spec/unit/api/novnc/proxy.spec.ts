/** The proxy of graphical consoles: who gets in, to which screen, and when it ends. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { keptAccess, newAccess } from "../../../../common/console-access.ts";
import { createLogger } from "../../../../common/log.ts";
import { freePort } from "../../../support/loopback.ts";
import { until } from "../../../support/processes.ts";
import { type ProxyUnderTest, proxyUnderTest } from "../../../support/proxy-under-test.ts";
import { RfbServer } from "../../../support/rfb-server.ts";
import { RfbViewer } from "../../../support/rfb-viewer.ts";

/** Close codes of RFC 6455, 7.4.1. */
const [SWITCHED_OFF, TOO_BIG] = [1008, 1009];

describe("proxy of graphical consoles", () => {
  let proxy: ProxyUnderTest;
  let screen: RfbServer;

  beforeEach(async () => {
    screen = await RfbServer.start();
    proxy = await proxyUnderTest();
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await screen[Symbol.asyncDispose]();
  });

  it("lets a viewer with the token shake hands with the node's VNC server", async () => {
    const { socketUrl } = await proxy.console(screen.port);
    const viewer = await RfbViewer.open(socketUrl);
    assert.deepEqual(await viewer.handshake(), { name: "a console", width: 64, height: 48 });
    viewer.socket.send(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x41]));
    await until(() => Buffer.concat(screen.heard).equals(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x41])));
    screen.say(Buffer.from([2]));
    assert.deepEqual(await viewer.take(1), Buffer.from([2]), "a bell");
    viewer.socket.close();
    await until(() => screen.connections.size === 0);
  });

  it("refuses wrong tokens, other nodes' and those of no node in the same words", async () => {
    const mine = await proxy.console(screen.port);
    const other = await proxy.console(await freePort());
    const off = await proxy.console(screen.port, false);
    const at = (node: string, token: string) =>
      `${proxy.url.replace("http", "ws")}/websockify?node=${node}&token=${token}`;
    const refusals = await Promise.all(
      [
        at(mine.node, "wrong"),
        at(mine.node, `${mine.token}x`),
        at(mine.node, mine.token.slice(1)),
        at(mine.node, other.token),
        at(other.node, mine.token),
        at(crypto.randomUUID(), mine.token),
        at(off.node, off.token),
      ].map((url) => RfbViewer.refusal(url)),
    );
    for (const refusal of refusals) {
      assert.equal(refusal?.status, 403);
      assert.match(refusal?.text ?? "", /This token opens no console/);
      assert.equal(refusal?.text, refusals[0]?.text);
    }
    assert.equal(screen.connections.size, 0);
    for (const url of [at("x", mine.token), at(mine.node, ""), at(mine.node, "x".repeat(300)), at("../etc", "a")])
      assert.equal((await RfbViewer.refusal(url))?.status, 400, url);
  });

  it("says that a token has expired to who has it, and to nobody else", async () => {
    const console = await proxy.console(screen.port);
    proxy.advance(601);
    const late = await RfbViewer.refusal(console.socketUrl);
    assert.equal(late?.status, 410);
    assert.match(late?.text ?? "", /expired after 600 s \(\[vnc\]token_timeout\)/);
    const wrong = await RfbViewer.refusal(console.socketUrl.replace(console.token, "wrong"));
    assert.equal(wrong?.status, 403);
    assert.equal(screen.connections.size, 0);
  });

  it("tells a page over plain HTTP why its web socket was refused", async () => {
    const console = await proxy.console(screen.port);
    const ask = (url: string) => fetch(url, { signal: AbortSignal.timeout(20_000) });
    assert.equal((await ask(console.httpUrl)).status, 426);
    const wrong = await ask(console.httpUrl.replace(console.token, "wrong"));
    assert.equal(wrong.status, 403);
    assert.match(await wrong.text(), /Ask for its URL again/);
  });

  it("lets pages of other places in nowhere, and its own and [vnc]public_url's in", async () => {
    await using own = await proxyUnderTest({ vnc: { public_url: "https://console.example/vnc_auto.html" } });
    const { socketUrl } = await own.console(screen.port);
    const from = (origin: string) => RfbViewer.refusal(socketUrl, { origin });
    const foreign = await from("https://evil.example");
    assert.equal(foreign?.status, 403);
    assert.match(foreign?.text ?? "", /Web pages of https:\/\/evil\.example may not open consoles here/);
    assert.equal((await from("null"))?.status, 403);
    assert.equal((await from(`${own.url}0`))?.status, 403, "another port");
    assert.equal(await from(own.url), null);
    assert.equal(await from("https://console.example"), null);
  });

  for (const [what, change] of [
    ["is switched off", { console_enabled: false, driver_internal_info: {} }],
    [
      "is started anew",
      { driver_internal_info: { ...keptAccess(newAccess({ host: "127.0.0.1", port: 1 }, Date.now())) } },
    ],
  ] as const)
    it(`ends a session whose console ${what}`, async () => {
      const { node, socketUrl } = await proxy.console(screen.port);
      const kept = await RfbViewer.open((await proxy.console(screen.port)).socketUrl);
      const viewer = await RfbViewer.open(socketUrl);
      await viewer.handshake();
      await proxy.stores.nodes.updateUnlocked(node, change);
      assert.equal(await viewer.closed, SWITCHED_OFF);
      await until(() => screen.connections.size === 1);
      assert.equal((await kept.handshake()).name, "a console", "another node's goes on");
    }).timeout(20_000);

  it("ends a session whose node is gone", async () => {
    const { node, socketUrl } = await proxy.console(screen.port);
    const viewer = await RfbViewer.open(socketUrl);
    await proxy.stores.nodes.destroyUnlocked(node, () => true);
    assert.equal(await viewer.closed, SWITCHED_OFF);
  }).timeout(20_000);

  it("ends with the VNC server, and with the service", async () => {
    const { socketUrl } = await proxy.console(screen.port);
    const first = await RfbViewer.open(socketUrl);
    await first.handshake();
    screen.hangUp();
    await first.closed;
    const second = await RfbViewer.open(socketUrl);
    await second.handshake();
    await proxy.stop();
    assert.equal(await second.closed, 1001);
    await until(() => screen.connections.size === 0);
  });

  it("answers 502 where no VNC server is, and leaves its place to others", async () => {
    await using small = await proxyUnderTest({ vnc: { max_sessions_per_node: 1 } });
    const port = await freePort();
    const { socketUrl } = await small.console(port);
    for (let turn = 0; turn < 2; turn++) {
      const refusal = await RfbViewer.refusal(socketUrl);
      assert.equal(refusal?.status, 502);
      assert.doesNotMatch(refusal?.text ?? "", new RegExp(String(port)));
    }
  });

  it("grants a console so many viewers, a place as soon as one leaves, and an address so many tries", async () => {
    await using small = await proxyUnderTest({ vnc: { max_sessions_per_node: 2 } });
    const { socketUrl } = await small.console(screen.port);
    const viewers = [await RfbViewer.open(socketUrl), await RfbViewer.open(socketUrl)];
    const full = await RfbViewer.refusal(socketUrl);
    assert.equal(full?.status, 429);
    assert.match(full?.text ?? "", /max_sessions_per_node/);
    assert.equal(await RfbViewer.refusal((await small.console(screen.port)).socketUrl), null, "another node's");
    viewers[0]?.socket.close();
    await viewers[0]?.closed;
    await until(() => screen.connections.size === 1);
    (await RfbViewer.open(socketUrl)).socket.terminate();
    const tries = await Promise.all(
      Array.from({ length: 80 }, () => RfbViewer.refusal(socketUrl.replace(/token=.*/, "token=x"))),
    );
    const slowed = tries.filter((refusal) => refusal?.status === 429);
    assert.ok(slowed.length > 0);
    assert.ok(slowed.every((refusal) => refusal?.retryAfter === "2"));
  }).timeout(20_000);

  it("release notes: VNC proxy reason of 4 GB: is passed on at the viewer's pace, and nothing of it is kept", async () => {
    await using endless = await RfbServer.start("endless reason");
    const { socketUrl } = await proxy.console(endless.port);
    const viewer = await RfbViewer.open(socketUrl);
    viewer.socket.pause();
    let before = -1;
    // It has stopped once two looks see the same.
    for (let stopped = 0; stopped < 5; ) {
      await new Promise((done) => setTimeout(done, 100));
      stopped = endless.sent === before ? stopped + 1 : 0;
      before = endless.sent;
    }
    // Buffers of two sockets of the system and ours, and no more.
    assert.ok(endless.sent < 64 * 1024 * 1024, `${endless.sent} bytes were taken from the server`);
    viewer.socket.terminate();
    await until(() => endless.connections.size === 0);
  }).timeout(30_000);

  it("survives what is no handshake, and viewers that leave in the middle of one", async () => {
    const { httpUrl, socketUrl } = await proxy.console(screen.port);
    const { hostname, port, pathname, search } = new URL(httpUrl);
    const heads = [
      `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      `GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n`,
      `GET /elsewhere HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    ];
    for (const head of heads)
      await new Promise<void>((done) => {
        const socket = connect(Number(port), hostname, () => socket.write(head));
        socket.on("data", () => {});
        socket.on("close", () => done());
      });
    for (let turn = 0; turn < 5; turn++) {
      const socket = connect(Number(port), hostname, () => socket.write(heads[0] ?? "", () => socket.destroy()));
      await new Promise((done) => socket.on("close", done));
    }
    await until(() => screen.connections.size === 0);
    const viewer = await RfbViewer.open(socketUrl);
    assert.equal((await viewer.handshake()).name, "a console");
  }).timeout(20_000);

  it("Console: closes a viewer whose frame is to have a gigabyte, before it comes", async () => {
    const { socketUrl } = await proxy.console(screen.port);
    const { hostname, port, pathname, search } = new URL(socketUrl);
    const key = Buffer.alloc(16).toString("base64");
    const asking = ["Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const head = [`GET ${pathname}${search} HTTP/1.1`, ...asking, `Sec-WebSocket-Key: ${key}`];
    // Final, binary, masked, length in eight bytes: RFC 6455, 5.2.
    const frame = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]);
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join("\r\n")}\r\n\r\n`));
    const heard: Buffer[] = [];
    socket.on("data", (bytes) => heard.push(bytes));
    await until(() => Buffer.concat(heard).includes("101 Switching"));
    socket.write(frame);
    await new Promise((done) => socket.once("close", done));
    assert.ok(Buffer.concat(heard).includes(Buffer.from([0x88, 2, TOO_BIG >> 8, TOO_BIG & 0xff])));
    await until(() => screen.connections.size === 0);
  }).timeout(20_000);

  it("writes no token into its log", async () => {
    const lines: string[] = [];
    const stream = new PassThrough();
    stream.on("data", (bytes) => lines.push(String(bytes)));
    const log = createLogger({ level: "debug", stream });
    await using told = await proxyUnderTest({}, log);
    const { socketUrl, token, node } = await told.console(screen.port);
    const viewer = await RfbViewer.open(socketUrl);
    viewer.socket.close();
    await RfbViewer.refusal(socketUrl.replace("node=", "node=0"));
    await until(() => lines.some((line) => line.includes("a console was closed")));
    assert.ok(lines.some((line) => line.includes(node)));
    assert.ok(lines.every((line) => !line.includes(token)));
  });
});
