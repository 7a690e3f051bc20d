/** A service reduced to what an agent sees: versions, lookup, heartbeat, inspection, files and progress events. */
import http from "node:http";
import https from "node:https";
import { TOKEN_PARAM, WAIT_PARAM } from "../../../../common/agent-protocol.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../common/json.ts";
import { listening } from "../../../support/loopback.ts";

export const NODE_UUID = "0c1d2e3f-0000-4000-8000-000000000001";
export const TOKEN = "token-of-the-test";

export interface Served {
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes after which the connection is cut, per request from the first. */
  readonly cutAfter?: number[];
  readonly status?: number;
  /** Without Content-Length. */
  readonly chunked?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
  readonly ranges?: boolean;
}

export interface StubService {
  readonly url: string;
  readonly files: Map<string, Served>;
  readonly beats: JsonObject[];
  readonly events: JsonObject[];
  readonly inspections: JsonObject[];
  readonly lookups: string[];
  /** Requests seen, "METHOD path range". */
  readonly requests: string[];
  /** Statuses to answer lookups with before the first success. */
  lookupFailures: number[];
  node: JsonObject;
  config: Record<string, Json>;
  /** Resolves at the next heartbeat. */
  nextBeat(): Promise<JsonObject>;
  close(): Promise<void>;
}

export async function startStubService(version = "1.115"): Promise<StubService> {
  const waiting: ((beat: JsonObject) => void)[] = [];
  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  const stub: StubService = {
    url,
    files: new Map(),
    beats: [],
    events: [],
    inspections: [],
    lookups: [],
    requests: [],
    lookupFailures: [],
    node: { uuid: NODE_UUID, properties: {}, instance_info: {} },
    config: {
      heartbeat_timeout: 300,
      agent_token: TOKEN,
      agent_token_required: true,
      agent_md5_checksum_enable: false,
    },
    nextBeat: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", url);
    stub.requests.push(`${request.method} ${path.pathname} ${request.headers.range ?? ""}`.trim());
    const body = await readJson(request);
    const json = (status: number, value: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    if (path.pathname === "/") return json(200, { default_version: { id: "v1", version } });
    if (path.pathname === "/v1/lookup") {
      stub.lookups.push(path.search);
      const failure = stub.lookupFailures.shift();
      if (failure !== undefined) return json(failure, { error_message: '{"faultstring": "not now"}' });
      return json(200, { node: stub.node, config: stub.config });
    }
    if (path.pathname.startsWith("/v1/heartbeat/")) {
      stub.beats.push(body);
      for (const resolve of waiting.splice(0)) resolve(body);
      response.writeHead(202).end();
      return;
    }
    if (path.pathname === "/v1/continue_inspection") {
      stub.inspections.push(body);
      return json(202, { node: stub.node, config: stub.config });
    }
    if (path.pathname === "/events") {
      stub.events.push(body);
      response.writeHead(204).end();
      return;
    }
    serveFile(stub.files.get(path.pathname), request, response);
  }
  return stub;
}

function serveFile(file: Served | undefined, request: http.IncomingMessage, response: http.ServerResponse): void {
  if (file?.silent) return;
  if (file === undefined || (file.status ?? 200) !== 200) {
    response.writeHead(file?.status ?? 404, file?.headers ?? {}).end();
    return;
  }
  const from = file.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
  const body = file.body.subarray(from);
  const length = file.chunked ? {} : { "content-length": String(body.length) };
  const range = from > 0 ? { "content-range": `bytes ${from}-${file.body.length - 1}/${file.body.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { ...length, ...range, ...file.headers });
  const cut = file.cutAfter?.shift();
  if (cut === undefined) response.end(body);
  else response.write(body.subarray(0, cut), () => setImmediate(() => response.destroy()));
}

async function readJson(request: http.IncomingMessage): Promise<JsonObject> {
  const text = Buffer.concat(await request.toArray()).toString("utf8");
  if (text === "") return {};
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : {};
}

export interface AgentAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A call as the conductor makes it: to the callback URL, trusting only the certificate of the heartbeat. */
export function callAgent(
  beat: JsonObject,
  options: { method?: string; path?: string; token?: string | null; body?: object; wait?: boolean },
): Promise<AgentAnswer> {
  const target = new URL(`${String(beat.callback_url)}${options.path ?? "/v1/commands/"}`);
  const token = options.token === undefined ? TOKEN : options.token;
  if (token !== null) target.searchParams.set(TOKEN_PARAM, token);
  if (options.wait !== undefined) target.searchParams.set(WAIT_PARAM, String(options.wait));
  const ca = typeof beat.agent_verify_ca === "string" ? beat.agent_verify_ca : undefined;
  return new Promise((resolve, reject) => {
    const settings = { method: options.method ?? "GET", ...(ca === undefined ? {} : { ca }) };
    const request = (target.protocol === "https:" ? https : http).request(target, settings, (response) => {
      response
        .toArray()
        .then((parts) => {
          const body: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
          resolve({ status: response.statusCode ?? 0, body: isJsonObject(body) ? body : {} });
        })
        .catch(reject);
    });
    request.on("error", reject);
    request.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  });
}

/** Runs a command and waits for its end. */
export async function runCommand(beat: JsonObject, name: string, params: object = {}): Promise<JsonObject> {
  const answer = await callAgent(beat, { method: "POST", body: { name, params }, wait: true });
  return answer.body;
}
