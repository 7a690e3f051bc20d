/**
 * Serves the metrics of this process to those who may fetch them: on an address of its own, so that neither the API's
 * callers nor its load touch it. One scrape at a time, and in small parts: between two of them everything else has its turn.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { BlockList } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { PasswordFile } from "../../api/auth/htpasswd.ts";
import { HttpBasic } from "../../api/auth/http-basic.ts";
import { AuthRefused } from "../../api/errors.ts";
import type { Config } from "../../common/config/config.ts";
import { ConfigError } from "../../common/config/problem.ts";
import { limitConnections } from "../../common/connection-limits.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { closeNow, listenOn } from "../../common/listen-on.ts";
import type { Logger } from "../../common/log.ts";
import type { Metrics } from "../../common/metrics.ts";
import { familyOf, networkList } from "../../common/networks.ts";
import type { SensorBoard } from "../../common/sensor-board.ts";
import { createHttpServer, prometheusTls } from "../../common/tls-server.ts";

const PATH = "/metrics";
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
const CONNECTIONS = 50;
const STALL_MS = 30_000;

export interface Endpoint extends AsyncDisposable {
  /** With the path. */
  readonly url: string;
}

export interface EndpointDeps {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly board: SensorBoard;
}

/** @throws ConfigError, TlsUnusable, Error when the port is taken */
export async function serveMetrics(deps: EndpointDeps): Promise<Endpoint> {
  const { config, log } = deps;
  const { host_ip: host, port: wanted } = config.prometheus;
  const tls = prometheusTls(config);
  const users = await openUsers(config, log);
  const scraper = new Scraper(deps, users);
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = createHttpServer(tls, limits, log, (request, response) => void scraper.handle(request, response));
  limitConnections(server, { total: CONNECTIONS, perAddress: 0, stallMs: STALL_MS });
  const place = await listenOn(server, host, wanted).catch(async (error: unknown) => {
    await users?.[Symbol.asyncDispose]();
    throw error;
  });
  const url = `${place.url}${PATH}`;
  log.info({ url }, "metrics are served");
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await closeNow(server);
      await users?.[Symbol.asyncDispose]();
    },
  };
}

async function openUsers({ prometheus }: Config, log: Logger): Promise<HttpBasic | null> {
  const { auth_user_file: path } = prometheus;
  if (path === null) return null;
  try {
    return new HttpBasic(await PasswordFile.open(path, log), log);
  } catch (error) {
    const problem = {
      option: "[prometheus]auth_user_file",
      value: path,
      where: "[prometheus]",
      problem: reasonOf(error),
    };
    throw new ConfigError([{ ...problem, remedy: "name a file of users made with: htpasswd -B -c FILE NAME" }]);
  }
}

class Scraper {
  readonly #deps: EndpointDeps;
  readonly #users: HttpBasic | null;
  readonly #allowed: BlockList;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: EndpointDeps, users: HttpBasic | null) {
    this.#deps = deps;
    this.#users = users;
    this.#allowed = networkList(deps.config.prometheus.allowed_networks);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refused = await this.#refusal(request);
      if (refused !== null) end(response, ...refused);
      else await this.#inTurn(request, response);
    } catch (error) {
      this.#deps.log.error({ error }, "metrics could not be told");
      if (response.headersSent) response.destroy();
      else end(response, 500, "the metrics could not be read; see the log\n");
    }
  }

  async #refusal(request: IncomingMessage): Promise<readonly [number, string, Record<string, string>?] | null> {
    const { remoteAddress = "" } = request.socket;
    if (!this.#allowed.check(remoteAddress, familyOf(remoteAddress)))
      return [403, "this address may not fetch metrics: [prometheus]allowed_networks\n"];
    if (request.url?.split("?")[0] !== PATH) return [404, `metrics are at ${PATH}\n`];
    if (request.method !== "GET" && request.method !== "HEAD") return [405, "GET only\n", { Allow: "GET, HEAD" }];
    try {
      await this.#users?.authenticate({ method: request.method, path: PATH, headers: request.headers });
      return null;
    } catch (error) {
      if (!(error instanceof AuthRefused)) throw error;
      return [error.status, "who may fetch metrics must say so\n", { ...error.headers }];
    }
  }

  /** Two scrapes at once would hold two texts of the whole fleet. */
  async #inTurn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      await this.#tell(request, response);
    } finally {
      done();
    }
  }

  async #tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics, board } = this.#deps;
    response.writeHead(200, { "Content-Type": metrics.contentType });
    if (request.method === "HEAD") return void response.end();
    for await (const part of metrics.parts()) if (!(await sent(response, part))) return;
    for (const part of board.text()) if (!(await sent(response, part))) return;
    response.end();
  }
}

/** Writes it and gives everything else its turn; false: nobody reads any more. */
async function sent(response: ServerResponse, part: string): Promise<boolean> {
  if (part !== "" && !response.destroyed && !response.write(part)) await drained(response);
  await turn();
  return !response.destroyed;
}

/** Resolves once there is room, or nobody reads any more; a reader that stalls is ended by the server's own limit. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function end(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
  response.end(text);
}
