/** One Redfish request and its answer, as resources see them (DMTF DSP0266). */
import type { Account } from "../accounts.ts";
import type { Machine } from "../machine.ts";
import type { RedfishState } from "./state.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Body = { readonly [key: string]: Json };

export type Method = "GET" | "PATCH" | "POST" | "PUT" | "DELETE";

export interface At {
  readonly machine: Machine;
  readonly state: RedfishState;
  /** What stands for the names in braces of the route. */
  readonly params: readonly string[];
  readonly path: string;
  /** {} where none came. */
  readonly body: Body;
  /** Null only where no login is wanted. */
  readonly account: Account | null;
  /** Where the client reached us: "http://127.0.0.1:8000". */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Handler {
  /** IPMI's numbers: 2 read only, 3 operator, 4 administrator; 0: nobody need have logged in. */
  readonly level?: 0 | 2 | 3 | 4;
  run(at: At): Reply | Body | null;
}

/** Path with names in braces, and what may be done there. GET wants level 2, anything else 3, when nothing is said. */
export interface Resource {
  readonly path: string;
  readonly GET?: Handler["run"];
  readonly PATCH?: Handler | Handler["run"];
  readonly POST?: Handler | Handler["run"];
  readonly DELETE?: Handler | Handler["run"];
}

export function isReply(result: Reply | Body): result is Reply {
  return typeof result.status === "number";
}

/** 204, as most changes are answered. */
export const DONE: Reply = { status: 204 };

export function link(path: string): Body {
  return { "@odata.id": path };
}

export function links(base: string, names: readonly string[]): readonly Body[] {
  return names.map((name) => link(`${base}/${name}`));
}

export function collection(path: string, type: string, name: string, members: readonly string[]): Body {
  return {
    "@odata.id": path,
    "@odata.type": `#${type}.${type}`,
    Name: name,
    "Members@odata.count": members.length,
    Members: links(path, members),
  };
}

/** Head of a resource: its address, type with version, id and name. */
export function head(path: string, type: string, id: string, name: string): Body {
  return { "@odata.id": path, "@odata.type": `#${type}`, Id: id, Name: name };
}

export const GOOD: Body = { Health: "OK", State: "Enabled" };

/** An error in the words of the Base message registry. */
export function fault(status: number, message: string, text: string, args: readonly string[] = []): Reply {
  const info = {
    "@odata.type": "#Message.v1_1_1.Message",
    MessageId: `Base.1.16.${message}`,
    Message: text,
    MessageArgs: args,
    MessageSeverity: "Critical",
    Resolution: "See the message.",
  };
  const error = { code: `Base.1.16.${message}`, message: text, "@Message.ExtendedInfo": [info] };
  return { status, body: { error } };
}

export function notInList(property: string, value: Json | undefined): Reply {
  const text = `The value '${String(value)}' for the property ${property} is not in the list of acceptable values.`;
  return fault(400, "PropertyValueNotInList", text, [String(value), property]);
}

export function missing(property: string): Reply {
  return fault(400, "PropertyMissing", `The property ${property} is a required property and must be included.`, [
    property,
  ]);
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function bodyOf(value: Json | undefined): Body | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : null;
}
