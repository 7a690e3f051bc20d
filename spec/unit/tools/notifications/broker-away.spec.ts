/** Notifications while their broker is away, or takes connections and says nothing: nobody waits, nothing fails. */
import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { Writable } from "node:stream";
import { createLogger } from "../../../../common/log.ts";
import { freePort, listening } from "../../../support/loopback.ts";
import { type MeteredService, meteredService } from "../../../support/metered-service.ts";

const REQUESTS = 12;
/** Two of each request: its start and its end. */
const TOLD = REQUESTS * 2;
const MOST = 10;
/** A connection is waited for 5 s: requests that did would take a minute. */
const QUICK_MS = 20_000;
const STOP_MS = 30_000;

describe("notifications without a broker", function () {
  this.timeout(120_000);
  const sockets = new Set<Socket>();
  let silent: Server | null = null;

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    silent?.close();
    silent = null;
  });

  async function silentPort(): Promise<number> {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.resume();
    });
    return await listening(silent);
  }

  let lines: string[];
  const notifying = (port: number): Promise<MeteredService> => {
    lines = [];
    const stream = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const config = {
      DEFAULT: { notification_level: "info" as const },
      oslo_messaging_notifications: {
        driver: "messagingv2" as const,
        transport_url: `rabbit://guest:guest@127.0.0.1:${port}/`,
        max_waiting: MOST,
      },
    };
    return meteredService(config, createLogger({ level: "warn", stream }));
  };

  const brokers: readonly (readonly [string, () => Promise<number>])[] = [
    ["nobody listens", freePort],
    ["it says nothing", silentPort],
  ];
  for (const [how, portOf] of brokers)
    it(`where ${how}: requests are answered as ever, a part waits, the rest is dropped and counted`, async () => {
      const metered = await notifying(await portOf());
      const began = performance.now();
      for (let at = 0; at < REQUESTS; at++)
        await metered.ask("POST", "/v1/chassis", { description: `number ${at}` }, 201);
      const took = performance.now() - began;
      assert.ok(took < QUICK_MS, `${took} ms`);
      const seen = await metered.scrape();
      assert.deepEqual(seen.of("ferric_notifications_waiting"), [MOST]);
      assert.deepEqual(seen.of("ferric_notifications_total", { outcome: "dropped" }), [TOLD - MOST]);
      assert.deepEqual(seen.of("ferric_notifications_total", { outcome: "sent" }), []);
      const stopping = performance.now();
      await metered[Symbol.asyncDispose]();
      assert.ok(performance.now() - stopping < STOP_MS, "it stops in time");
      const told = (words: string) => lines.filter((line) => line.includes(words)).length;
      assert.equal(told("the service stops with notifications not sent"), 1);
      assert.equal(told("a notification could not be sent"), 0, "not one by one");
    });
});
