/** What connections cost: idle ones, slow ones, clients that do not read; per address; and all of them at a real process. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionLimits, limitConnections } from "../../common/connection-limits.ts";
import { FerricProcess, pause } from "../support/ferric-process.ts";
import { listening } from "../support/loopback.ts";
import { ResultsTable } from "../support/results-table.ts";

describe("connections of a server", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function served(limits: Partial<ConnectionLimits>, answer: (path: string) => Buffer | null): Promise<number> {
    const server = createServer((request, response) => {
      const body = answer(request.url ?? "");
      if (body !== null) response.end(body);
    });
    limitConnections(server, { total: 100, perAddress: 0, stallMs: 60_000, ...limits });
    servers.push(server);
    return listening(server);
  }
  const open = (port: number) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket)).once("error", reject);
    });
  /** Resolves once the other side has closed it. */
  const closed = (socket: Socket) => new Promise<void>((resolve) => socket.resume().once("close", () => resolve()));
  const ask = (port: number, path: string) =>
    new Promise<number>((resolve, reject) => {
      request({ port, path, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      })
        .on("error", reject)
        .end();
    });

  it("end when their client takes nothing of its answer", async () => {
    const port = await served({ stallMs: 200 }, () => Buffer.alloc(64 * 1024 * 1024));
    const ended = new Promise((resolve) =>
      servers[0]?.on("request", (_request, response) => response.once("close", resolve)),
    );
    const socket = await open(port);
    socket.pause().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await ended;
    socket.destroy();
  });

  it("do not end while their client waits for an answer that takes longer", async () => {
    const port = await served({ stallMs: 100 }, () => null);
    servers[0]?.on("request", (_request, response) => setTimeout(() => response.end("late"), 400));
    assert.equal(await ask(port, "/"), 200);
  });

  it("end when nothing has ever been asked on them", async () => {
    const port = await served({ stallMs: 100 }, () => Buffer.from("x"));
    await closed(await open(port));
  });

  it("are as many to one address as is allowed, and again when some have gone", async () => {
    const port = await served({ perAddress: 3 }, () => Buffer.from("x"));
    const held = [await open(port), await open(port), await open(port)];
    await closed(await open(port));
    await assert.rejects(ask(port, "/"));
    held[0]?.destroy();
    while ((await ask(port, "/").catch(() => 0)) !== 200) await pause(5);
    for (const socket of held) socket.destroy();
  });

  it("are as many in all as is allowed", async () => {
    const port = await served({ total: 2 }, () => Buffer.from("x"));
    const held = [await open(port), await open(port)];
    await closed(await open(port));
    for (const socket of held) socket.destroy();
  });
});

/** Then times tell of the machine, not of the service. */
const isBusy = () => (loadavg()[0] ?? 0) > 3 * cpus().length;

describe("Idle and slow clients: a service under 1,000 idle and 500 slow connections", function () {
  this.timeout(120_000);
  const IDLE = 1000;
  const SLOW = 500;
  /** Idle and slow ones together, in megabytes of resident memory; a connection's own share is some 20 KB. */
  const MOST_MB = 60;
  let folder: string;
  let ferric: FerricProcess;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ferric-idle-"));
    ferric = await FerricProcess.create({ folder });
    await ferric.start();
  });
  after(async () => {
    await ferric.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const residentMb = () =>
    Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${ferric.pid}/status`, "utf8"))?.[1]) / 1024);

  /** Never answers an error: the other side may end it at any moment. */
  function dial(text: string): Promise<Socket> {
    const { hostname, port } = new URL(ferric.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        if (text !== "") socket.write(text);
        resolve(socket);
      });
      socket
        .once("error", reject)
        .on("error", () => {})
        .resume();
    });
  }

  async function slowestAnswer(count: number): Promise<number> {
    let slowest = 0;
    for (let asked = 0; asked < count; asked++) {
      const started = performance.now();
      const { ok } = await fetch(`${ferric.url}/v1/nodes`, { signal: AbortSignal.timeout(20_000) });
      assert.ok(ok);
      slowest = Math.max(slowest, performance.now() - started);
    }
    return slowest;
  }

  it("answers others at once, in constant memory, and ends the slow ones by itself", async () => {
    for (let asked = 0; asked < 50; asked++) await ferric.answers();
    const quiet = residentMb();
    const idle = await Promise.all(Array.from({ length: IDLE }, () => dial("")));
    const slow = await Promise.all(Array.from({ length: SLOW }, () => dial("GET /v1/nodes HTTP/1.1\r\nHost: a\r\n")));
    let most = residentMb();
    let slowestMs = 0;
    const open = () => [...idle, ...slow].filter((socket) => !socket.closed).length;
    const started = performance.now();
    while (slow.some((socket) => !socket.closed) && performance.now() - started < 60_000) {
      // Slow-loris: a header line now and then, never the end.
      for (const socket of slow) if (socket.writable) socket.write(`X-${Math.floor(performance.now())}: a\r\n`);
      slowestMs = Math.max(slowestMs, await slowestAnswer(5));
      most = Math.max(most, residentMb());
      await pause(1000);
    }
    const seconds = Math.round((performance.now() - started) / 1000);
    assert.ok(
      slow.every((socket) => socket.closed),
      "slow heads are ended after [api]'s head time",
    );
    assert.ok(slowestMs < (isBusy() ? 20_000 : 2000), `slowest answer ${slowestMs} ms`);
    assert.ok(most - quiet < MOST_MB, `resident MB: ${quiet} before, ${most} at most`);
    const head = [
      "connections",
      "resident before, MB",
      "at most, MB",
      "slowest answer meanwhile, ms",
      "slow ones ended after, s",
    ];
    const table = new ResultsTable("connections", "1,000 idle and 500 slow connections", head);
    table.add(`${IDLE} idle, ${SLOW} slow`, String(quiet), String(most), slowestMs.toFixed(0), String(seconds));
    table.write();
    assert.ok(open() <= IDLE);
    for (const socket of idle) socket.destroy();
  });
});
