/**
 * The Redfish client of one BMC (DSP0266), shared by all who have to do with it: connections, login, repetitions and
 * back-off are its matter. It knows BMCs and logins, and nothing of nodes. `calls` is what callers work with.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject } from "../../../common/json.ts";
import { raceAbort } from "../../../common/race-abort.ts";
import { jsonOf, refusal } from "./answers.ts";
import type { Bmc, Caller, Exchange } from "./bmc.ts";
import { Calls } from "./calls.ts";
import { Connection, type HttpAnswer, type HttpRequest } from "./connection.ts";
import { Fields } from "./fields.ts";
import { Login, sessionOf } from "./login.ts";
import { isLost } from "./lost-answer.ts";
import { shownBody, shownPath } from "./masked.ts";
import { type Clock, Pace } from "./pace.ts";
import { RedfishError } from "./redfish-error.ts";

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => pause(ms, undefined, { signal, ref: true }).catch(() => signal.throwIfAborted()),
  random: Math.random,
};
const MOST_REDIRECTS = 3;
/** For the end of a session, which nobody waits for. */
const FAREWELL_MS = 3000;
const HEADERS = { Accept: "application/json", "OData-Version": "4.0" };

export type Request = Omit<HttpRequest, "headers" | "body"> & {
  readonly body: JsonObject | Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** It needs no login, unless the BMC says so. */
  readonly open?: true;
};

export class RedfishClient {
  readonly bmc: Bmc;
  readonly clock: Clock;
  readonly #connection: Connection;
  readonly #login: Login;
  readonly #pace: Pace;
  #root: Promise<Fields> | null = null;
  #rootBefore: Fields | null = null;
  #closed = false;

  constructor(bmc: Bmc, clock: Partial<Clock> = {}) {
    this.bmc = bmc;
    this.#connection = new Connection(bmc);
    this.clock = { ...REAL_CLOCK, ...clock };
    this.#pace = new Pace(bmc, this.clock);
    this.#login = new Login(bmc, {
      open: () => this.#openSession(),
      end: (path, token) => this.#endSession(path, token),
    });
  }

  calls(caller: Caller): Calls {
    return new Calls(this, caller);
  }

  /** The service root, read once: it needs no login (DSP0266 13.3.5). @throws RedfishError */
  async root(caller: Caller): Promise<Fields> {
    if (this.#rootBefore !== null) return this.#rootBefore;
    this.#root ??= this.#readRoot(caller).finally(() => {
      this.#root = null;
    });
    return await this.#root;
  }

  /**
   * Repeats what may be repeated, logs in again when the session is gone. Answers 2xx.
   * @throws RedfishError naming the request, and the signal's reason
   */
  async request(request: Request, caller: Caller): Promise<HttpAnswer> {
    if (this.#closed) throw new Error("the Redfish client of this BMC is closed");
    for (let tries = 1; ; tries++) {
      await this.#pace.turn(caller.signal);
      if (tries > 1 && request.method !== "GET") await caller.mayAct?.();
      const most = this.#pace.attempts;
      try {
        const answer = await this.#loggedIn(request, caller);
        this.#pace.succeeded();
        return answer;
      } catch (error) {
        caller.signal.throwIfAborted();
        if (!(error instanceof RedfishError)) throw error;
        if (isOutage(error)) this.#pace.failed(error.retryAfterMs);
        else this.#pace.succeeded();
        if (tries >= most || !mayRepeat(request, error)) throw error;
      }
    }
  }

  /** Ends the session and the connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#login.close();
    this.#connection.close();
  }

  async #readRoot(caller: Caller): Promise<Fields> {
    const { text } = await this.request({ method: "GET", path: this.bmc.root, body: null, open: true }, caller);
    return this.#keepRoot(text);
  }

  #keepRoot(text: string): Fields {
    const json = jsonOf(text);
    if (json === null)
      throw new RedfishError("malformed", `GET ${this.bmc.root} was answered with something that is no JSON object`);
    this.#rootBefore = new Fields(json, this.bmc.root);
    return this.#rootBefore;
  }

  async #loggedIn(request: Request, caller: Caller): Promise<HttpAnswer> {
    let auth = request.open ? {} : await this.#auth(caller);
    for (let tries = 0; ; tries++) {
      const answer = await this.#followed(request, auth, caller);
      if (answer.status < 400) return answer;
      const bare = request.open === true && Object.keys(auth).length === 0 && this.bmc.username !== null;
      const again = answer.status === 401 && tries === 0 && (bare || this.#login.refused(auth));
      if (!again) throw refusal(`${request.method} ${shownPath(request.path)}`, answer);
      auth = await this.#auth(caller);
    }
  }

  /** Without a login the request itself has not been sent. */
  async #auth(caller: Caller): Promise<Record<string, string>> {
    try {
      return await raceAbort(this.#login.headers(), caller.signal);
    } catch (error) {
      if (!(error instanceof RedfishError) || (error.trouble !== "silent" && !isLost(error))) throw error;
      throw new RedfishError(error.trouble, error.message, { unsent: true }, error);
    }
  }

  /** Redirects lead nowhere but to the BMC itself: others must not get our credentials. */
  async #followed(request: Request, auth: Readonly<Record<string, string>>, caller: Caller): Promise<HttpAnswer> {
    let { path } = request;
    for (let hops = 0; ; hops++) {
      const answer = await this.#exchange({ ...request, path }, auth, caller);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status >= 400 || answer.status === 304) return answer;
      const what = `${request.method} ${shownPath(path)}`;
      if (location === undefined || hops >= MOST_REDIRECTS || request.method !== "GET")
        throw new RedfishError("redirected", `${what} was answered with the redirect ${answer.status}`, answer);
      const target = new URL(location, new URL(path, this.bmc.origin));
      if (target.origin !== this.bmc.origin)
        throw new RedfishError(
          "redirected",
          `${what} was redirected to ${target.origin}, which is not this BMC`,
          answer,
        );
      path = target.pathname + target.search;
    }
  }

  async #exchange(request: Request, auth: Readonly<Record<string, string>>, caller: Caller): Promise<HttpAnswer> {
    const { body } = request;
    const isJson = body !== null && !Buffer.isBuffer(body);
    const sent: HttpRequest = {
      ...request,
      headers: { ...HEADERS, ...(isJson ? { "Content-Type": "application/json" } : {}), ...request.headers, ...auth },
      body: isJson ? JSON.stringify(body) : body,
    };
    const began = performance.now();
    const tell = (rest: Pick<Exchange, "status" | "answer" | "fault">) =>
      caller.observe?.({
        method: request.method,
        path: shownPath(request.path),
        body: isJson ? shownBody(JSON.stringify(body)) : null,
        ms: performance.now() - began,
        ...rest,
      });
    try {
      const answer = await this.#connection.send(sent, caller.signal);
      if (caller.observe !== undefined) {
        const fault =
          answer.status < 400 ? null : refusal(`${request.method} ${shownPath(request.path)}`, answer).message;
        tell({ status: answer.status, answer: shownBody(answer.text), fault });
      }
      return answer;
    } catch (error) {
      tell({ status: null, answer: null, fault: error instanceof Error ? error.message : String(error) });
      if (!(error instanceof RedfishError)) throw error;
      const { trouble, unsent } = error;
      throw new RedfishError(
        trouble,
        `${request.method} ${shownPath(request.path)}: ${error.message}`,
        { unsent },
        error,
      );
    }
  }

  /** The signal of whoever needs it first must not end it for the others. */
  async #openSession() {
    const caller: Caller = { signal: new AbortController().signal };
    const path = await this.#sessionsPath(caller);
    const body = { UserName: this.bmc.username, Password: this.bmc.password };
    const answer = await this.#exchange({ method: "POST", path, body }, {}, caller);
    if (answer.status >= 300) throw refusal(`the login (POST ${shownPath(path)})`, answer);
    return sessionOf(answer.headers, jsonOf(answer.text), answer.status);
  }

  /**
   * A BMC that names no sessions, or wants a login for its root, has none: the field's emulator answers 401 to both. Who
   * wants a session all the same gets it where all have them.
   */
  async #sessionsPath(caller: Caller): Promise<string> {
    let root = this.#rootBefore;
    if (root === null) {
      const { status, text } = await this.#exchange({ method: "GET", path: this.bmc.root, body: null }, {}, caller);
      root = status === 200 ? this.#keepRoot(text) : null;
    }
    const service = root?.link("SessionService") ?? null;
    const path = root?.object("Links").link("Sessions") ?? (service === null ? null : `${slashed(service)}Sessions`);
    if (path === null && this.bmc.auth === "auto")
      throw new RedfishError("unsupported", "the BMC names no session service");
    return path ?? `${slashed(this.bmc.root)}SessionService/Sessions`;
  }

  async #endSession(location: string, token: string): Promise<void> {
    const { origin, pathname: path } = new URL(location, this.bmc.origin);
    if (origin !== this.bmc.origin) return;
    const caller: Caller = { signal: AbortSignal.timeout(FAREWELL_MS) };
    await this.#exchange({ method: "DELETE", path, body: null }, { "X-Auth-Token": token }, caller);
  }
}

const slashed = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

/** The BMC does not answer, or not now. */
function isOutage({ trouble }: RedfishError): boolean {
  return trouble === "silent" || trouble === "busy" || trouble === "failed" || trouble === "address";
}

/** Reading changes nothing. What changes something is left to `sendOrFind` when its answer got lost. */
function mayRepeat({ method }: Request, { trouble, unsent }: RedfishError): boolean {
  if (trouble === "busy") return true;
  return (trouble === "silent" || trouble === "failed") && (method === "GET" || unsent);
}
