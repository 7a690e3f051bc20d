/** A plain client of the API for tests: newest microversion, JSON in and out. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type NodeView = Record<string, unknown> & {
  readonly uuid: string;
  readonly provision_state: string;
  readonly power_state: string | null;
  readonly last_error: string | null;
  readonly reservation: string | null;
};

export interface IronicApiOptions {
  /** With every request: credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of every answer, as it came. */
  onAnswer?(text: string, headers: Headers): void;
}

export class IronicApi {
  readonly #base: string;
  readonly #options: IronicApiOptions;

  constructor(base: string, options: IronicApiOptions = {}) {
    this.#base = base;
    this.#options = options;
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        "X-OpenStack-Ironic-API-Version": "1.115",
        "content-type": "application/json",
        ...this.#options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    this.#options.onAnswer?.(text, answer.headers);
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.send(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async node(ident: string): Promise<NodeView> {
    return (await this.must("GET", `/v1/nodes/${ident}`)) as NodeView;
  }

  async provision(ident: string, target: string, more: object = {}): Promise<void> {
    await this.must("PUT", `/v1/nodes/${ident}/states/provision`, { target, ...more });
  }

  async patch(ident: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    const operations = Object.entries(values).map(([path, value]) => ({ op: "add", path, value }));
    await this.must("PATCH", `/v1/nodes/${ident}`, operations);
  }

  /** Waits until the node is in one of `states` and unlocked. Connection errors are waited out: the service may restart. */
  async until(ident: string, states: readonly string[], seconds = 60): Promise<NodeView> {
    let last: NodeView | null = null;
    for (const limit = Date.now() + seconds * 1000; Date.now() < limit; ) {
      last = await this.node(ident).catch(() => last);
      if (last !== null && states.includes(last.provision_state) && last.reservation === null) return last;
      await new Promise((ok) => setTimeout(ok, 50));
    }
    const seen = last && { state: last.provision_state, lock: last.reservation, error: last.last_error };
    throw new Error(`node ${ident} did not reach ${states.join(" or ")} in ${seconds} s: ${JSON.stringify(seen)}`);
  }
}
