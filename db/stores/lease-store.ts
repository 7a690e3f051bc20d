/** DHCP leases. Their end is judged by the database's clock; one unit decides, so no address goes to two machines. */
import type { Lease, LeaseStore } from "../contract.ts";
import { firstOf, type Row, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import type { StoreContext } from "./store-context.ts";

interface Wish {
  readonly wanted?: string | null;
  readonly seconds: number;
}

export class SqlLeaseStore implements LeaseStore {
  readonly #context: StoreContext;
  readonly #all: Compiled;
  readonly #now: Compiled;
  readonly #clear: Compiled;
  readonly #insert: Compiled;
  readonly #release: Compiled;

  constructor(context: StoreContext) {
    const { sql, dialect } = context;
    const lease = { mac: param("mac"), address: param("address") };
    this.#context = context;
    this.#all = compile(sql("leases").select("mac", "address", "expires_ms").orderBy("mac"));
    this.#now = compile(sql.raw(`select ${dialect.nowMs} as now_ms`));
    this.#clear = compile(sql("leases").delete().where({ mac: lease.mac }).orWhere({ address: lease.address }));
    this.#insert = compile(sql("leases").insert({ ...lease, expires_ms: param("expires_ms") }));
    this.#release = compile(sql("leases").delete().where(lease));
  }

  acquire(mac: string, candidates: () => Iterable<string>, options: Wish): Promise<Lease | null> {
    const unit = () => this.#acquire(mac.toLowerCase(), candidates, options);
    return this.#context.engine.write(unit, { turn: "leases" });
  }

  async release(mac: string, address: string): Promise<void> {
    await this.#context.engine.write(() => rowsOf(this.#release.bind({ mac: mac.toLowerCase(), address })));
  }

  async list(): Promise<readonly Lease[]> {
    return (await this.#context.engine.read(() => rowsOf(this.#all.bind()))).map(leaseOf);
  }

  *#acquire(mac: string, candidates: () => Iterable<string>, options: Wish): Work<Lease | null> {
    const now = Number((yield* firstOf(this.#now.bind()))?.[0]);
    const leases = (yield* rowsOf(this.#all.bind())).map(leaseOf);
    const old = leases.find((lease) => lease.mac === mac)?.address ?? null;
    const others = leases.filter((lease) => lease.mac !== mac && lease.expires_ms > now);
    const taken = new Set(others.map((lease) => lease.address));
    const address = choose(candidates(), taken, [old, options.wanted ?? null]);
    if (address === null) return null;
    const expires_ms = now + options.seconds * 1000;
    yield this.#clear.bind({ mac, address });
    yield this.#insert.bind({ mac, address, expires_ms });
    return { mac, address, expires_ms };
  }
}

/** The first of `preferred` that is a free candidate, else the first free candidate. */
function choose(
  candidates: Iterable<string>,
  taken: ReadonlySet<string>,
  preferred: readonly (string | null)[],
): string | null {
  const wishes = preferred.filter((address) => address !== null && !taken.has(address));
  let best = wishes.length;
  let first: string | null = null;
  for (const candidate of candidates) {
    if (taken.has(candidate)) continue;
    first ??= candidate;
    const rank = wishes.indexOf(candidate);
    if (rank >= 0 && rank < best) best = rank;
    if (best === 0) break;
  }
  return wishes[best] ?? first;
}

function leaseOf([mac, address, expires]: Row): Lease {
  return { mac: String(mac), address: String(address), expires_ms: Number(expires) };
}
