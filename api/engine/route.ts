/** What a route declares, and what its handler is given. */
import type { Context } from "../../common/context.ts";
import type { Access, Caller } from "../policy/enforce.ts";
import type { Services } from "../services.ts";
import type { ParamDefs, Parsed } from "./params.ts";
import type { View } from "./resource.ts";
import type { Checker } from "./validate.ts";
import type { JsonSchema } from "./values.ts";

/** One request, checked as far as its declaration goes. */
export interface Call<P extends ParamDefs, B> {
  readonly services: Services;
  readonly context: Context;
  readonly minor: number;
  /** Base URL for links, without a slash at the end. */
  readonly base: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Parsed<P>;
  readonly body: B;
  readonly caller: Caller;
  /** What the route's own rule allows. */
  readonly access: Access;
  /** The last path segment lost a ".json" (below 1.91): a record whose name ends in it comes first. */
  readonly jsonSuffix: boolean;
  /** A view for rendering; reads the conductors when the answer shows one. */
  view(): Promise<View>;
}

export interface Answer {
  readonly body?: unknown;
  /** The body as it goes out, in place of `body`. */
  readonly json?: Buffer;
  /** Path below /v1 for the Location header. */
  readonly location?: string;
  /** In place of the route's own, where only the work itself tells which it is. */
  readonly status?: number;
}

export type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RouteDef<P extends ParamDefs, B> {
  readonly method: Verb;
  /** With ":name" parameters, below the root; "/v1/..." for all but the root document. */
  readonly path: string;
  readonly since?: number;
  /** Answer below `since`; 404 when absent. */
  readonly below?: 404 | 405 | 406;
  /**
   * Set where the controller as a whole is not there yet below `since`: the router refuses with this description (it may
   * be empty) and without version headers.
   */
  readonly absentText?: string;
  /** The rule that callers must pass; `public` for none. */
  readonly policy: string;
  /** Its handler decides by other rules too, and alone: the route's own is for the documentation. */
  readonly decides?: true;
  readonly query?: P;
  readonly body?: Checker<B>;
  /** May be answered 202 without a body: only the work tells. */
  readonly mayGoOn?: true;
  /** Its 202 has a body: what the caller goes on with. */
  readonly tells?: true;
  /** Which of the configured limits of a body holds, where it is not the general one. */
  readonly bodyLimit?: "provision" | "inspection";
  /** Called by agents, without credentials: switched off and limited by [api]enable_ramdisk_endpoints and ramdisk_rate_limit. */
  readonly ramdisk?: true;
  readonly status: number;
  handle(call: Call<P, B>): Promise<Answer>;
}

/** A call before the route's own types come in. */
export type RawCall = Omit<Call<ParamDefs, unknown>, "query">;
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Route
  extends Pick<
    RouteDef<ParamDefs, unknown>,
    | "method"
    | "path"
    | "since"
    | "below"
    | "absentText"
    | "mayGoOn"
    | "tells"
    | "policy"
    | "decides"
    | "bodyLimit"
    | "ramdisk"
    | "status"
  > {
  readonly takesBody: boolean;
  /** Of the body, for the documentation; absent where the handler checks it by other means. */
  readonly bodySchema?: JsonSchema;
  readonly params: ParamDefs;
  run(call: RawCall, query: RawQuery): Promise<Answer>;
}
