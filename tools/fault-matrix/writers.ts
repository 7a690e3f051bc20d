/** Clients that create, change and delete records all the while, for the ledger. */
import { type ApiPool, pause } from "./api-pool.ts";
import type { Ledger } from "./ledger.ts";

const BETWEEN_MS = 150;

export class Writer implements AsyncDisposable {
  /** Nodes that may be there, to be removed at the end. */
  readonly made: string[] = [];
  readonly #api: ApiPool;
  readonly #ledger: Ledger;
  readonly #working: Promise<void>;
  #stopped = false;

  constructor(api: ApiPool, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
    this.#working = this.#work();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let at = 1; !this.#stopped; at++) {
      await this.#node(at);
      await pause(BETWEEN_MS);
    }
  }

  /** A node with a port, changed; every fifth is deleted again. */
  async #node(at: number): Promise<void> {
    const uuid = crypto.randomUUID();
    const path = `/v1/nodes/${uuid}`;
    this.made.push(uuid);
    if (!(await this.#make("/v1/nodes", { uuid, driver: "fake-hardware" }, path))) return;
    const address = macOf(uuid);
    const port = crypto.randomUUID();
    await this.#make("/v1/ports", { uuid: port, node_uuid: uuid, address }, `/v1/ports/${port}`);
    this.#ledger.attempt(uuid, "note", at);
    const patch = [{ op: "add", path: "/extra/note", value: at }];
    if ((await this.#api.send("PATCH", path, patch)).status === 200) this.#ledger.wrote(uuid, "note", at);
    if (at % 5 === 0) await this.#delete(path, `/v1/ports/${port}`);
  }

  async #make(collection: string, record: object, path: string): Promise<boolean> {
    const { status } = await this.#api.send("POST", collection, record);
    if (status === 201) this.#ledger.made(path, "there");
    return status === 201;
  }

  async #delete(path: string, port: string): Promise<void> {
    const { status } = await this.#api.send("DELETE", path);
    const change = (one: string) => (status === 204 ? this.#ledger.made(one, "gone") : this.#ledger.forget(one));
    change(path);
    change(port);
  }
}

function macOf(uuid: string): string {
  const digits = uuid.replaceAll("-", "").slice(0, 10);
  return `02:${(digits.match(/../g) ?? []).join(":")}`;
}
