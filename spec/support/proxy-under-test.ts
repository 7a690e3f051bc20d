/** The proxy of graphical consoles over a real database, and nodes whose consoles lead to a VNC server of the test. */
import { startProxy } from "../../api/novnc/server.ts";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { type ConsoleAccess, keptAccess, newAccess } from "../../common/console-access.ts";
import { type Logger, silent } from "../../common/log.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Stores } from "../../db/contract.ts";
import { TEST_SECRETS } from "./test-secrets.ts";

export interface ConsoleUnderTest extends ConsoleAccess {
  readonly node: string;
  /** Of the web socket. */
  readonly socketUrl: string;
  readonly httpUrl: string;
}

export interface ProxyUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly stores: Stores;
  /** Moves the proxy's clock by so many seconds. */
  advance(seconds: number): void;
  /** A node whose console is on, at this port of 127.0.0.1. */
  console(port: number, on?: boolean): Promise<ConsoleUnderTest>;
  stop(): Promise<void>;
}

export async function proxyUnderTest(overrides: ConfigOverrides = {}, log: Logger = silent): Promise<ProxyUnderTest> {
  let offset = 0;
  const clock = () => Date.now() + offset;
  const vnc = { enabled: true, host_ip: "127.0.0.1", port: 0, ...overrides.vnc };
  const database = { connection: "sqlite://" };
  const config = defaultConfig({ database, secrets: TEST_SECRETS, ...overrides, vnc });
  const opened = await openDatabase(config, silent);
  const { stores } = opened;
  const proxy = await startProxy({ config, stores, log, clock });
  const under = (path: string, { node, token }: { node: string; token: string }) =>
    `${proxy.url}${path}?node=${node}&token=${encodeURIComponent(token)}`;
  return {
    url: proxy.url,
    stores,
    advance: (seconds) => {
      offset += seconds * 1000;
    },
    async console(port, on = true) {
      const access = newAccess({ host: "127.0.0.1", port }, clock());
      const values = { uuid: crypto.randomUUID(), driver: "fake-hardware" };
      const { uuid: node } = await stores.nodes.create(values);
      await stores.nodes.updateUnlocked(node, {
        console_enabled: on,
        driver_internal_info: { ...keptAccess(access) },
      });
      const httpUrl = under("/websockify", { node, token: access.token });
      return { ...access, node, httpUrl, socketUrl: httpUrl.replace(/^http/, "ws") };
    },
    stop: () => Promise.resolve(proxy[Symbol.asyncDispose]()),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}
