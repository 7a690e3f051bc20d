/** Lists: paging parameters, sort keys, field selection and the next link, the same for every resource. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Query } from "../../db/contract.ts";
import { MAX_MINOR } from "../microversions.ts";
import { booleanParam, choiceParam, fieldsParam, integerParam, type ParamDef, textParam, uuidParam } from "./params.ts";
import { own, projection, refuseNewer, type Selection } from "./project.ts";
import type { Projection, Resource } from "./resource.ts";

export const FIELDS_SINCE = 8;
export const DETAIL_SINCE = 43;

const DIRECTIONS = ["asc", "desc"] as const;

/** Parameters of every paged list. */
export const PAGE_PARAMS = {
  marker: uuidParam(),
  limit: integerParam(),
  sort_key: textParam(),
  sort_dir: choiceParam(DIRECTIONS),
} as const;

/** The same with a choice of fields; `/detail` lists have none. */
export const LIST_PARAMS = {
  ...PAGE_PARAMS,
  fields: fieldsParam({ since: FIELDS_SINCE }),
  detail: booleanParam({ since: DETAIL_SINCE, below: 400 }),
} as const satisfies Readonly<Record<string, ParamDef<unknown>>>;

export interface Asked {
  readonly marker?: string;
  readonly limit?: number;
  readonly sort_key?: string;
  readonly sort_dir?: "asc" | "desc";
  readonly fields?: readonly string[];
  readonly detail?: boolean;
}

export interface Page<R> {
  readonly projection: Projection<R>;
  /** Marker, limit, order and columns for the store. */
  readonly query: Query;
  readonly limit: number;
  /** Query of the next link, without marker. */
  readonly link: string;
}

/** What a list request asks of `resource`. @throws InvalidParameterValue, NotAcceptable */
export function pageOf<R>(resource: Resource<R>, minor: number, asked: Asked, maxLimit: number, full = false): Page<R> {
  if (asked.fields !== undefined && asked.detail === true) {
    throw InvalidParameterValue({ reason: 'Use either "fields" or "detail=true", not both.' });
  }
  const sortKey = asked.sort_key === undefined || asked.sort_key === "" ? "id" : asked.sort_key;
  const column = sortColumn(resource, minor, sortKey);
  const limit = limitOf(asked.limit, maxLimit);
  const sortDir = asked.sort_dir ?? "asc";
  const selection: Selection = full || asked.detail === true ? "detail" : (asked.fields ?? "summary");
  const ahead = resource.fullListsAhead && selection === "detail";
  const chosen = projection(resource, ahead ? MAX_MINOR : minor, selection);
  return {
    projection: chosen,
    limit,
    query: {
      limit,
      sortKey: column,
      sortDir,
      ...(asked.marker === undefined ? {} : { marker: asked.marker }),
      ...(chosen.columns === null ? {} : { fields: chosen.columns }),
    },
    link: `sort_key=${encodeURIComponent(sortKey)}&sort_dir=${sortDir}${selectionLink(resource, asked, selection, full)}&limit=${limit}`,
  };
}

function selectionLink<R>(resource: Resource<R>, asked: Asked, selection: Selection, full: boolean): string {
  if (full) return "";
  if (asked.detail === true) return "&detail=True";
  return `&fields=${(selection === "summary" ? resource.summary : (asked.fields ?? [])).join(",")}`;
}

function limitOf(asked: number | undefined, maxLimit: number): number {
  if (asked === undefined) return maxLimit;
  if (asked <= 0) throw InvalidParameterValue({ reason: `Limit must be positive, got ${asked}.` });
  return Math.min(asked, maxLimit);
}

function sortColumn<R>(resource: Resource<R>, minor: number, key: string): string {
  const field = own(resource.fields, key);
  if (field !== undefined && field.sort !== false) {
    if (!resource.newerIsUnknown) refuseNewer(key, field.writeSince ?? field.since ?? 1, minor);
    return key;
  }
  const internal = own(resource.internalSortKeys, key);
  if (internal === undefined) {
    throw InvalidParameterValue({ reason: `The sort_key value "${key}" is an invalid field for sorting.` });
  }
  return internal;
}

/** URL of the next page when this one is full, else undefined. `path` is below /v1, `filters` a query string or "". */
export function nextLink<R extends object>(
  page: Pick<Page<R>, "limit" | "link">,
  records: readonly R[],
  where: { readonly base: string; readonly path: string; readonly filters: string; readonly id: keyof R & string },
): string | undefined {
  const last = records.at(-1);
  if (last === undefined || records.length < page.limit) return undefined;
  const filters = where.filters === "" ? "" : `${where.filters}&`;
  return `${where.base}/v1/${where.path}?${filters}${page.link}&marker=${String(last[where.id])}`;
}
