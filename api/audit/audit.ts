/**
 * The audit of requests that change something: a line before one is carried out, one when it is answered, and a single
 * one for what is refused before. Without the first line nothing is done, unless [audit]on_failure says otherwise.
 */
import type { Config } from "../../common/config/config.ts";
import type { Context } from "../../common/context.ts";
import { AuditUnavailable } from "../../common/errors/audit.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import type { Route } from "../engine/route.ts";
import type { ApiContext } from "../middleware/state.ts";
import type { AuditFile } from "./audit-file.ts";
import { bodyFacts, requestFacts } from "./describe.ts";

/** Lines a second for requests that were refused at the door: who knocks without end fills no disk. */
const REFUSALS_A_SECOND = 20;
const SECOND_MS = 1000;
const TOLD_EVERY_MS = 60_000;
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What a request carries of its audit until it is answered. */
export interface AuditedRequest {
  /** By performance.now(). */
  readonly started: number;
  /** UUID of the node that was acted on, once it is known. */
  node_uuid?: string;
}

export class Audit {
  readonly #options: Config["audit"];
  readonly #log: Logger;
  /** By context, which is what the API's calls to conductors know of their request. */
  readonly #underway = new WeakMap<Context, AuditedRequest>();
  #file: AuditFile | null = null;
  #lost = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #refusals = { since: 0, written: 0, left: 0 };

  constructor(options: Config["audit"], log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  /** From now on. */
  start(file: AuditFile): void {
    this.#file = file;
  }

  concerns({ method }: ApiContext, { ramdisk }: Route): boolean {
    if (this.#file === null) return false;
    return ramdisk === true ? this.#options.ramdisk : !READING.has(method);
  }

  /** @throws AuditUnavailable */
  async begin(
    ctx: ApiContext,
    route: Route,
    params: Readonly<Record<string, string>>,
    { body, context }: { readonly body: unknown; readonly context: Context },
  ): Promise<AuditedRequest> {
    const isWritten = this.#write("request", { ...requestFacts(ctx, route, params), ...bodyFacts(body) });
    if (isWritten) await this.#untilLasting();
    else if (this.#options.on_failure === "refuse") throw AuditUnavailable({});
    const audited = { started: performance.now() };
    this.#underway.set(context, audited);
    return audited;
  }

  /** The request of `context` turned out to be about this node. */
  readonly noteNode = (context: Context, uuid: string): void => {
    const audited = this.#underway.get(context);
    if (audited !== undefined) audited.node_uuid = uuid;
  };

  /** Of every request, once its answer is on its way. */
  end(ctx: ApiContext): void {
    const { audited } = ctx.state;
    if (this.#file === null || audited === "no") return;
    if (audited === null) this.#refused(ctx);
    else this.#answered(ctx, audited);
  }

  #answered(ctx: ApiContext, { started, node_uuid }: AuditedRequest): void {
    const ms = Math.round(performance.now() - started);
    const facts = { request_id: ctx.state.requestId, status: statusOf(ctx), ms };
    this.#write("answer", node_uuid === undefined ? facts : { ...facts, node_uuid });
  }

  /** It never began: not authenticated, not permitted, not understood. */
  #refused(ctx: ApiContext): void {
    if (READING.has(ctx.method)) return;
    const now = performance.now();
    if (now - this.#refusals.since > SECOND_MS) this.#tellLeft(now);
    if (this.#refusals.written >= REFUSALS_A_SECOND) {
      this.#refusals.left += 1;
      return;
    }
    this.#refusals.written += 1;
    this.#write("refused", { ...requestFacts(ctx, null, {}), status: statusOf(ctx) });
  }

  #tellLeft(now: number): void {
    const { left } = this.#refusals;
    this.#refusals = { since: now, written: 0, left: 0 };
    if (left > 0) this.#write("refused", { more: left });
  }

  async #untilLasting(): Promise<void> {
    try {
      await this.#file?.lasting();
    } catch (error) {
      this.#tell(error);
      if (this.#options.on_failure === "refuse") throw AuditUnavailable({}, error);
    }
  }

  /** False when it could not be written. */
  #write(event: string, facts: object): boolean {
    const file = this.#file;
    if (file === null) return true;
    const time = new Date().toISOString();
    try {
      if (this.#lost > 0) file.write({ time, event: "lost", lines: this.#lost });
      this.#lost = 0;
      file.write({ time, event, ...facts });
      return true;
    } catch (error) {
      this.#lost += 1;
      this.#tell(error);
      return false;
    }
  }

  #tell(error: unknown): void {
    if (performance.now() - this.#toldAt < TOLD_EVERY_MS) return;
    this.#toldAt = performance.now();
    const { on_failure } = this.#options;
    this.#log.error({ path: this.#file?.path, reason: reasonOf(error), on_failure }, "the audit log cannot be written");
  }
}

/** Null when the client had gone before it was answered. */
function statusOf({ res }: ApiContext): number | null {
  return res.headersSent ? res.statusCode : null;
}
