/** Projections: which columns to read and how a record becomes an answer, compiled once per resource, minor and selection. */
import { InvalidParameterValue, NotAcceptable } from "../../common/errors/request.ts";
import type { AnyField, ComputedDef, Projection, Resource, View } from "./resource.ts";

export type Selection = "summary" | "detail" | readonly string[];

type Step<R> = (answer: Record<string, unknown>, record: R, view: View, hidden: ReadonlySet<string> | null) => void;

const REDACTED = "** Redacted **";
const LINKS = "links";
const CACHE_LIMIT = 2000;

let compiled = 0;

/** @throws InvalidParameterValue for an unknown field, NotAcceptable for one newer than `minor` */
export function projection<R>(resource: Resource<R>, minor: number, selection: Selection): Projection<R> {
  const cache = resource.projections;
  const key = `${minor} ${typeof selection === "string" ? selection : selection.join(",")}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const made = compile(resource, minor, selection);
  cache.set(key, made);
  return made;
}

function compile<R>(resource: Resource<R>, minor: number, selection: Selection): Projection<R> {
  const names = namesOf(resource, minor, selection);
  const hides = resource.hides?.candidates.some((name) => names.includes(name)) === true ? resource.hides : null;
  const columns = new Set<string>([resource.id]);
  const steps: Step<R>[] = [];
  for (const name of names) {
    const field = resource.fields[name];
    const computed = resource.computed[name];
    if (field !== undefined) {
      columns.add(name);
      steps.push(fieldStep(name, field));
    } else if (computed !== undefined) {
      for (const column of computed.needs) columns.add(column);
      steps.push(computedStep(name, computed));
    }
  }
  compiled += 1;
  return {
    number: compiled,
    columns: selection === "detail" ? null : [...columns],
    hidden: hides === null ? null : { columns: selection === "detail" ? null : [...columns, ...hides.needs] },
    render(record, view) {
      const answer: Record<string, unknown> = {};
      const hidden = view.hiding === null || hides === null ? null : hides.fields(record, view.hiding);
      for (const step of steps) step(answer, record, view, hidden);
      return answer;
    },
  };
}

function namesOf<R>(resource: Resource<R>, minor: number, selection: Selection): readonly string[] {
  const all = { ...resource.fields, ...resource.computed };
  const visible = (name: string) => (all[name]?.since ?? 1) <= minor;
  if (selection === "detail") return Object.keys(all).filter(visible);
  if (selection !== "summary") checkSelection(resource, minor, selection);
  const wanted = selection === "summary" ? resource.summary.filter(visible) : selection;
  return LINKS in resource.computed ? [...wanted.filter((name) => name !== LINKS), LINKS] : wanted;
}

function checkSelection<R>(resource: Resource<R>, minor: number, names: readonly string[]): void {
  for (const name of names) {
    const def = own(resource.fields, name) ?? own(resource.computed, name);
    const hidden = resource.newerIsUnknown && (def?.since ?? 1) > minor;
    if (def === undefined || def.select === false || hidden) {
      throw InvalidParameterValue({
        reason: `Field ${name} is not a valid field of ${resource.collection}; leave it out of "fields".`,
      });
    }
    refuseNewer(name, def.since ?? 1, minor);
  }
}

/** @throws NotAcceptable naming the field and the version that brings it */
export function refuseNewer(name: string, since: number, minor: number): void {
  if (since > minor) {
    throw NotAcceptable({ reason: `"${name}" needs API version 1.${since} or newer; the request used 1.${minor}.` });
  }
}

/** Never an inherited member, whatever name a client sends. */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function fieldStep<R>(name: string, def: AnyField<R>): Step<R> {
  const { render, redacted = REDACTED } = def;
  return (answer, record, view, hidden) => {
    const value = (record as Readonly<Record<string, unknown>>)[name];
    if (hidden?.has(name)) answer[name] = redacted;
    else answer[name] = render === undefined ? value : render(value as never, record, view);
  };
}

function computedStep<R>(name: string, def: ComputedDef<R>): Step<R> {
  return (answer, record, view) => {
    answer[name] = def.value(record, view);
  };
}
