/** Every write that the service acknowledged, to be found again afterwards. */
import type { ApiPool } from "./api-pool.ts";

interface Value {
  /** The last that was acknowledged. */
  acknowledged: number;
  /** Asked for since, with no answer or a refusal: may be there too. */
  readonly perhaps: Set<number>;
}

export class Ledger {
  /** Writes acknowledged. */
  count = 0;
  /** One line each. */
  readonly lost: string[] = [];
  readonly #values = new Map<string, Value>();
  readonly #created = new Map<string, "there" | "gone">();

  /** A number that is about to be written to `extra/<key>` of a node. */
  attempt(node: string, key: string, value: number): void {
    this.#value(node, key).perhaps.add(value);
  }

  wrote(node: string, key: string, value: number): void {
    this.count += 1;
    const entry = this.#value(node, key);
    entry.acknowledged = value;
    entry.perhaps.clear();
  }

  /** `path` of a record that was created or deleted. */
  made(path: string, is: "there" | "gone"): void {
    this.count += 1;
    this.#created.set(path, is);
  }

  /** A delete was asked for and not answered: nothing is known any more. */
  forget(path: string): void {
    this.#created.delete(path);
  }

  /** A provision request was accepted; `took` tells whether the node has been seen to go on by it. */
  accepted(what: string, took: boolean): void {
    this.count += 1;
    if (!took) this.lost.push(`${what} was accepted and did nothing`);
  }

  /** Compares with what the service has. */
  async check(api: ApiPool): Promise<void> {
    for (const [path, is] of this.#created) {
      const { status } = await api.send("GET", path);
      if ((status === 200) !== (is === "there")) this.lost.push(`${path} should be ${is} and answers ${status}`);
    }
    for (const [key, { acknowledged, perhaps }] of this.#values) {
      const [node = "", name = ""] = key.split(" ");
      if (this.#created.get(`/v1/nodes/${node}`) === "gone") continue;
      const { status, body } = await api.send("GET", `/v1/nodes/${node}`);
      const found = (body.extra as Record<string, unknown> | undefined)?.[name];
      if (status !== 200 || (found !== acknowledged && !perhaps.has(Number(found)) && acknowledged !== -1))
        this.lost.push(`extra/${name} of ${node} should be ${acknowledged} and is ${found} (${status})`);
    }
  }

  #value(node: string, key: string): Value {
    const name = `${node} ${key}`;
    const known = this.#values.get(name) ?? { acknowledged: -1, perhaps: new Set<number>() };
    this.#values.set(name, known);
    return known;
  }
}
