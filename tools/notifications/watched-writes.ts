/**
 * The two ways by which the API writes, watched: calls to conductors, and the stores of what it writes itself. What is
 * made, changed or deleted is told of before and after; the work itself is as without anybody who watches.
 */
import type { Writes } from "../../api/services.ts";
import type { Context } from "../../common/context.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Handlers, Method, Params, Result } from "../../common/rpc/contract.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import type { Stores } from "../../db/contract.ts";
import type { Notification } from "./notification.ts";
import { type PayloadName, payloadOf } from "./payloads.ts";

/** A kind of record: its store, the parameter of calls that names it by UUID, and what is told of it. */
const KINDS = {
  node: { store: "nodes", id: "node", payload: "NodeCRUDPayload" },
  port: { store: "ports", id: "port", payload: "PortCRUDPayload" },
  portgroup: { store: "portgroups", id: "portgroup", payload: "PortgroupCRUDPayload" },
  volumeconnector: { store: "volumeConnectors", id: "connector", payload: "VolumeConnectorCRUDPayload" },
  volumetarget: { store: "volumeTargets", id: "target", payload: "VolumeTargetCRUDPayload" },
  allocation: { store: "allocations", id: "allocation", payload: "AllocationCRUDPayload" },
  chassis: { store: "chassis", id: "chassis", payload: "ChassisCRUDPayload" },
  deploytemplate: { store: "deployTemplates", id: "template", payload: "DeployTemplateCRUDPayload" },
  runbook: { store: "runbooks", id: "runbook", payload: "RunbookCRUDPayload" },
  inspectionrule: { store: "inspectionRules", id: "rule", payload: "InspectionRuleCRUDPayload" },
} as const satisfies Readonly<Record<string, { store: keyof Stores; id: string; payload: PayloadName }>>;
type Kind = keyof typeof KINDS;

interface Told {
  readonly kind: Kind;
  /** The last but one word of the event. */
  readonly what: "create" | "update" | "delete" | "maintenance_set";
}

const CALLS: Readonly<Partial<Record<Method, Told>>> = {
  createNode: { kind: "node", what: "create" },
  updateNode: { kind: "node", what: "update" },
  destroyNode: { kind: "node", what: "delete" },
  addNodeTraits: { kind: "node", what: "update" },
  removeNodeTraits: { kind: "node", what: "update" },
  setMaintenance: { kind: "node", what: "maintenance_set" },
  createPort: { kind: "port", what: "create" },
  updatePort: { kind: "port", what: "update" },
  destroyPort: { kind: "port", what: "delete" },
  updatePortgroup: { kind: "portgroup", what: "update" },
  destroyPortgroup: { kind: "portgroup", what: "delete" },
  updateVolumeConnector: { kind: "volumeconnector", what: "update" },
  destroyVolumeConnector: { kind: "volumeconnector", what: "delete" },
  updateVolumeTarget: { kind: "volumetarget", what: "update" },
  destroyVolumeTarget: { kind: "volumetarget", what: "delete" },
  createAllocation: { kind: "allocation", what: "create" },
  destroyAllocation: { kind: "allocation", what: "delete" },
};

/** Kinds that the API writes by their store, some of them by calls too. */
const STORED: readonly Kind[] = [
  ...(["portgroup", "volumeconnector", "volumetarget", "allocation"] as const),
  ...(["chassis", "deploytemplate", "runbook", "inspectionrule"] as const),
];
const METHODS: Readonly<Record<string, Told["what"]>> = { create: "create", update: "update", destroy: "delete" };

export type Tell = (notification: Notification) => void;

export function watchedWrites({ transport, stores }: Writes, tell: Tell): Writes {
  const witness = new Witness(stores, tell);
  const watched = STORED.map((kind) => {
    const { store } = KINDS[kind];
    return [store, watchedStore(stores[store], kind, witness)];
  });
  return {
    transport: new WatchedTransport(transport, witness),
    stores: { ...stores, ...(Object.fromEntries(watched) as Partial<Stores>) },
  };
}

/** What is written: a record that is there, by its UUID, and the values that it gets, some by those it has. */
interface About {
  readonly uuid: string | null;
  values(before: JsonObject): JsonObject;
}

/** Of a sensitive inspection rule nobody is shown these. */
const SENSITIVE = { conditions: [], actions: [] } as const;

class Witness {
  readonly #stores: Stores;
  readonly #tell: Tell;

  constructor(stores: Stores, tell: Tell) {
    this.#stores = stores;
    this.#tell = tell;
  }

  async around<T>({ kind, what }: Told, { uuid, values }: About, work: () => Promise<T>): Promise<T> {
    const before = uuid === null ? {} : await this.#read(kind, uuid);
    const begun = { ...before, ...values(before) };
    this.#say(kind, what, "start", begun);
    let result: T;
    try {
      result = await work();
    } catch (error) {
      this.#say(kind, what, "error", begun);
      throw error;
    }
    this.#say(kind, what, "end", await this.#after({ kind, what }, uuid, begun, result));
    return result;
  }

  /** Who is answered no record reads it anew: the conductor may have changed more than it was asked to. */
  async #after({ kind, what }: Told, uuid: string | null, begun: JsonObject, result: unknown): Promise<JsonObject> {
    if (what === "delete") return begun;
    if (isJsonObject(result)) return result;
    return uuid === null ? begun : { ...begun, ...(await this.#read(kind, uuid)) };
  }

  /** Nothing where it is not there, or cannot be read: then the work says so itself. */
  async #read(kind: Kind, uuid: string): Promise<JsonObject> {
    try {
      return { ...(await this.#stores[KINDS[kind].store].get(uuid)) } as unknown as JsonObject;
    } catch {
      return {};
    }
  }

  #say(kind: Kind, what: Told["what"], status: "start" | "end" | "error", record: JsonObject): void {
    const payload = what === "maintenance_set" ? "NodePayload" : KINDS[kind].payload;
    this.#tell({
      event: `baremetal.${kind}.${what}.${status}`,
      priority: status === "error" ? "error" : "info",
      from: "ironic-api",
      isVersioned: true,
      payload: payloadOf(payload, record.sensitive === true ? { ...record, ...SENSITIVE } : record),
    });
  }
}

class WatchedTransport implements Transport {
  readonly #inner: Transport;
  readonly #witness: Witness;

  constructor(inner: Transport, witness: Witness) {
    this.#inner = inner;
    this.#witness = witness;
  }

  call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs?: number,
  ): Promise<Result<M>> {
    const work = () => this.#inner.call(host, method, params, context, timeoutMs);
    const told = CALLS[method];
    return told === undefined ? work() : this.#witness.around(told, aboutCall(told, params as JsonObject), work);
  }

  serve(host: string, handlers: Handlers): Promise<AsyncDisposable> {
    return this.#inner.serve(host, handlers);
  }
}

function aboutCall({ kind }: Told, params: JsonObject): About {
  const { values, changes, maintenance, traits, replace, reason = null, [KINDS[kind].id]: uuid } = params;
  return {
    uuid: typeof uuid === "string" ? uuid : null,
    values(before) {
      if (isJsonObject(values)) return values;
      if (isJsonObject(changes)) return changes;
      if (maintenance !== undefined) return { maintenance, maintenance_reason: maintenance === true ? reason : null };
      return traits === undefined ? {} : { traits: traitsAfter(listed(before.traits), traits, replace) };
    },
  };
}

/** Given with a word on whether they take the others' place: set; without: taken away, null for all of them. */
function traitsAfter(before: readonly Json[], traits: Json, replace: Json | undefined): readonly Json[] {
  const given = listed(traits);
  if (replace === true) return given;
  if (replace === false) return [...new Set([...before, ...given])];
  return traits === null ? [] : before.filter((trait) => !given.includes(trait));
}

const listed = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** The store itself but for its three ways to write. */
function watchedStore<S extends object>(store: S, kind: Kind, witness: Witness): S {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== "function") return own;
      const what = typeof name === "string" && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
      if (what === undefined) return own.bind(target);
      return (...args: readonly unknown[]) =>
        witness.around({ kind, what }, aboutWrite(what, args), () => Promise.resolve(own.apply(target, args)));
    },
  });
}

function aboutWrite(what: Told["what"], [first, second]: readonly unknown[]): About {
  if (what === "create") return { uuid: null, values: () => first as JsonObject };
  return { uuid: String(first), values: () => (what === "update" ? (second as JsonObject) : {}) };
}
