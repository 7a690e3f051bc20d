/**
 * What a resource declares: its fields with the minor they came in, and from it everything else is derived once per
 * minor (projection, accepted fields and sort keys, create schema, JSON-patch rules). A new field of a record is one
 * line here, one in the record's type and one in a migration; a forgotten one does not compile.
 */
import type { Hiding } from "../policy/hiding.ts";
import type { JsonSchema, Kind } from "./values.ts";

/** What a rendering may need besides the record. */
export interface View {
  readonly minor: number;
  /** Base URL of links, without a slash at the end. */
  readonly base: string;
  /** Host that serves the node, or null. */
  /** Changes identity when `conductorOf` may answer otherwise. */
  readonly conductors: object;
  conductorOf(node: { uuid: string; driver: string; conductor_group: string }): string | null;
  /** What the caller may not see; null: nothing. */
  readonly hiding: Hiding | null;
}

export type PatchOp = "add" | "replace" | "remove";

export interface FieldDef<R, V> {
  /** Minor that brought the field; 1 when absent. */
  readonly since?: number;
  /** Minor from which clients may send it and sort by it, where that is another one than `since`. */
  readonly writeSince?: number;
  /** An empty object in a create body below that version asks for nothing, and is not refused. */
  readonly emptyIsNothing?: true;
  /** Needed where clients may send the field. */
  readonly kind?: Kind;
  readonly create?: "required" | "optional";
  /** true: add, replace and remove. */
  readonly patch?: true | readonly PatchOp[];
  /** What `remove` (and null, where the record knows none) puts in its place; null when absent. */
  readonly reset?: V;
  /** False: not accepted in `fields`. */
  readonly select?: false;
  /** False: not accepted in `sort_key`. */
  readonly sort?: false;
  readonly render?: (value: V, record: R, view: View) => unknown;
  /** What stands in its place for those who may not see it. */
  readonly redacted?: unknown;
  /** Of what is shown, for the documentation, where no column of a table tells it. */
  readonly schema?: JsonSchema;
}

/** A field with the type of its value forgotten, as the engine works with it. */
export type AnyField<R> = Omit<FieldDef<R, never>, "reset"> & { readonly reset?: unknown };

/** A key of the answer that no column holds. */
export interface ComputedDef<R> {
  readonly since?: number;
  /** Columns it reads. */
  readonly needs: readonly (keyof R & string)[];
  /** False: only in full views, not accepted in `fields`. */
  readonly select?: false;
  /** Of the value, for the documentation; a list of links when absent. */
  readonly schema?: JsonSchema;
  readonly value: (record: R, view: View) => unknown;
}

export interface Projection<R> {
  /** Tells it from all others. */
  readonly number: number;
  /** Columns to read; null: the whole record. */
  readonly columns: readonly string[] | null;
  /** Null where nothing of it is ever hidden; else the columns to read for a view that hides something. */
  readonly hidden: { readonly columns: readonly string[] | null } | null;
  render(record: R, view: View): Record<string, unknown>;
}

export interface Hides<R> {
  /** Fields that may be hidden. */
  readonly candidates: readonly (keyof R & string)[];
  /** Columns that tell what is hidden. */
  readonly needs: readonly (keyof R & string)[];
  /** Fields shown as redacted; null: none. */
  fields(record: R, hiding: Hiding): ReadonlySet<string> | null;
}

export type Fields<R, Hidden extends keyof R> = {
  readonly [K in Exclude<keyof R, Hidden> & string]-?: FieldDef<R, R[K]>;
};

export interface Resource<R> {
  /** Singular, for messages. */
  readonly name: string;
  /** Path segment and key of lists. */
  readonly collection: string;
  /** Column that identifies a record in paths, links and markers. */
  readonly id: keyof R & string;
  readonly fields: Readonly<Record<string, AnyField<R>>>;
  readonly computed: Readonly<Record<string, ComputedDef<R>>>;
  /** Keys of list items when neither fields nor detail is asked for, in the order of next links. */
  readonly summary: readonly string[];
  /** Of records of which not everything is shown to everybody. */
  readonly hides: Hides<R> | null;
  /** Sort keys that name no field of the answer, with the column they mean. */
  readonly internalSortKeys: Readonly<Record<string, keyof R & string>>;
  /** Keys of the create body that are no fields. */
  readonly createOnly: Readonly<Record<string, { readonly since?: number; readonly schema: JsonSchema }>>;
  /** Members of the create schema besides properties and required. */
  readonly createSchema: JsonSchema;
  /** True: a field is unknown (400) below its minor, and not merely too new (406). */
  readonly newerIsUnknown: boolean;
  /** Full lists show every field at every minor, as the peer's do; a single record does not. */
  readonly fullListsAhead: boolean;
  /** Compiled projections by minor and selection; filled by project.ts. */
  readonly projections: Map<string, Projection<R>>;
}

type Declared<R, Hidden extends keyof R> = Omit<
  Resource<R>,
  | "fields"
  | "computed"
  | "internalSortKeys"
  | "createOnly"
  | "createSchema"
  | "newerIsUnknown"
  | "fullListsAhead"
  | "hides"
  | "projections"
> & {
  readonly fields: Fields<R, Hidden>;
} & Partial<
    Pick<
      Resource<R>,
      "computed" | "internalSortKeys" | "createOnly" | "createSchema" | "newerIsUnknown" | "fullListsAhead" | "hides"
    >
  >;

/** Checks that every key of the record except `Hidden` is declared with its own type, then forgets these types. */
export function defineResource<R, Hidden extends keyof R = never>(declared: Declared<R, Hidden>): Resource<R> {
  const fields: Readonly<Record<string, AnyField<R>>> = { ...declared.fields };
  return {
    computed: {},
    internalSortKeys: {},
    createOnly: {},
    createSchema: {},
    newerIsUnknown: false,
    fullListsAhead: false,
    hides: null,
    ...declared,
    fields,
    projections: new Map(),
  };
}

export interface Link {
  readonly href: string;
  readonly rel: string;
}

/** The pair of links every resource has: below /v1 and the same without. */
export function linkPair(base: string, path: string): readonly Link[] {
  return [
    { href: `${base}/v1/${path}`, rel: "self" },
    { href: `${base}/${path}`, rel: "bookmark" },
  ];
}
