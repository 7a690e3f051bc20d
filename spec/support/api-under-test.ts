/** The API over a real socket and a real database in memory, with a stand-in for the conductor. */

import type { Authenticator } from "../../api/auth/authenticator.ts";
import { startApi } from "../../api/server.ts";
import type { ApiDeps } from "../../api/services.ts";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { EventBus } from "../../common/events.ts";
import { type Logger, silent } from "../../common/log.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Stores } from "../../db/contract.ts";
import { anyDatabase } from "./any-database.ts";
import { FakeConductor } from "./fake-conductor.ts";
import { AnswerJudge } from "./openapi.ts";
import { TEST_SECRETS } from "./test-secrets.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when there is none. */
  readonly json: unknown;
}

export interface ApiUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly stores: Stores;
  readonly conductor: FakeConductor;
  readonly events: EventBus;
  /** `minor` null: no version header. */
  send(
    method: string,
    path: string,
    options?: { minor?: number | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<HttpAnswer>;
}

/** `authenticator`: in place of the one that the configuration names. `openAudit`: without, no audit log is kept. */
export async function apiUnderTest(
  overrides: ConfigOverrides = {},
  log: Logger = silent,
  authenticator?: Authenticator,
  openAudit?: ApiDeps["openAudit"],
): Promise<ApiUnderTest> {
  const borrowed = await anyDatabase();
  const config = defaultConfig({
    ...overrides,
    api: { port: 0, ...overrides.api },
    // The stand-in does not beat.
    conductor: { heartbeat_timeout: 86_400, ...overrides.conductor },
    secrets: { ...TEST_SECRETS, ...overrides.secrets },
    database: { connection: borrowed.connection, ...overrides.database },
  });
  const database = await openDatabase(config, silent);
  const { stores } = database;
  const conductor = new FakeConductor(stores);
  const serving = await conductor.start();
  const events = new EventBus();
  const shared = { config, stores, transport: conductor.transport, events, log };
  const deps = openAudit === undefined ? shared : { ...shared, openAudit };
  const api = await startApi(authenticator === undefined ? deps : { ...deps, authenticator });
  return {
    url: api.url,
    stores,
    conductor,
    events,
    send: (method, path, options = {}) => send(api.url, method, path, options),
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await serving[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await borrowed[Symbol.asyncDispose]();
    },
  };
}

async function send(
  url: string,
  method: string,
  path: string,
  { minor = 115, body, headers = {} }: { minor?: number | null; body?: unknown; headers?: Record<string, string> },
): Promise<HttpAnswer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...(minor === null ? {} : { "X-OpenStack-Ironic-API-Version": `1.${minor}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  if (minor === JUDGED_MINOR) judge(method, path, answer.status, json);
  return { status: answer.status, headers: answer.headers, text, json };
}

const JUDGED_MINOR = 115;
let judgeOfAnswers: AnswerJudge | undefined;

/** Every answer of a test is held against the description of the API. @throws Error when it is another */
function judge(method: string, target: string, status: number, json: unknown): void {
  judgeOfAnswers ??= new AnswerJudge(JUDGED_MINOR);
  const template = judgeOfAnswers.template((target.split("?")[0] ?? "").replace(/(.)\/$/, "$1"));
  if (template === null || !judgeOfAnswers.has(method, template)) return;
  const complaint = judgeOfAnswers.complaint(method, template, status, json);
  if (complaint !== null) throw new Error(`not as the API describes itself: ${complaint}`);
}
