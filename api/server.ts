/** Serves the API over HTTP: limits against slow and greedy clients, and a stop that lets requests under way finish. */
import type { Server } from "node:http";
import { limitConnections } from "../common/connection-limits.ts";
import { listenOn } from "../common/listen-on.ts";
import { apiTls, createHttpServer } from "../common/tls-server.ts";
import { buildApp } from "./app.ts";
import type { AuditFile } from "./audit/audit-file.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { openAuthenticator } from "./auth/open.ts";
import { compileCheckers } from "./engine/validate.ts";
import { RuledPolicy } from "./policy/ruled-policy.ts";
import { type ApiDeps, makeServices } from "./services.ts";

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_HEADERS = 200;
/** How long a client may leave bytes of its answer untaken. */
const STALL_MS = 60_000;
/** How long requests under way may take to finish once the server stops. */
const DRAIN_MS = 10_000;

export interface RunningApi extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Listens on [api]host_ip and port (0: a free one). Disposing stops it. @throws ConfigError, Error of listen(), e.g. EADDRINUSE */
export async function startApi(deps: ApiDeps): Promise<RunningApi> {
  const closing = new AbortController();
  const tls = apiTls(deps.config);
  const policy = new RuledPolicy(deps.config, deps.log);
  const authenticator = deps.authenticator ?? (await openAuthenticator(deps.config, deps.log));
  policy.watch(closing.signal);
  const services = makeServices(deps, { authenticator, policy }, closing.signal);
  const app = buildApp(services);
  const handle = app.callback();
  const { host_ip: host, port: wanted, max_connections, max_connections_per_address } = deps.config.api;
  const server = createHttpServer(
    tls,
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5_000,
    },
    deps.log,
    (request, response) => void handle(request, response),
  );
  server.maxHeadersCount = MAX_HEADERS;
  limitConnections(server, { total: max_connections, perAddress: max_connections_per_address, stallMs: STALL_MS });
  const { port, url } = await listenOn(server, host, wanted).catch(async (error: unknown) => {
    await authenticator?.[Symbol.asyncDispose]();
    throw error;
  });
  const audit = await openAudit(deps, port).catch(async (error: unknown) => {
    await stop(server, closing, authenticator);
    throw error;
  });
  if (audit !== null) services.audit.start(audit);
  deps.log.info({ url }, "API is listening");
  void compileCheckers(closing.signal);
  return {
    url,
    port,
    [Symbol.asyncDispose]: async () => {
      await stop(server, closing, authenticator);
      audit?.[Symbol.dispose]();
    },
  };
}

/** Before the first request: nothing has been read from any connection yet. */
async function openAudit({ openAudit: open }: ApiDeps, port: number): Promise<AuditFile | null> {
  return open?.(port) ?? null;
}

/** No new connections, idle ones closed, the others once their answer is out or the time is over. */
async function stop(server: Server, closing: AbortController, authenticator: Authenticator | null): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    closing.abort();
    server.closeIdleConnections();
  });
  await authenticator?.[Symbol.asyncDispose]();
}
