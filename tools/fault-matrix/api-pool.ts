/** A client of several API processes: each request goes to the next one, and a failure is told, not hidden. */
export interface Answer {
  /** 0: no answer (refused, cut off, or none in time). */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A client waits this long; longer than the service may take to say 503. */
const LIMIT_MS = 75_000;

export class ApiPool {
  /** Answers of 500 and above that are not 503, and those that are no JSON. */
  readonly wrong: string[] = [];
  readonly #urls: readonly string[];
  #turn = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = this.#urls[this.#turn++ % this.#urls.length];
    const answer = await request(`${url}${path}`, method, body);
    if (answer.status >= 500 && answer.status !== 503)
      this.wrong.push(
        `${method} ${path.replace(/[0-9a-f-]{36}/, "...")}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`,
      );
    return answer;
  }

  /** Asks again while nobody answers, 503 or 409 comes. @throws Error for other refusals, and after `limitMs` */
  async insist(method: string, path: string, body?: unknown, limitMs = 120_000): Promise<Answer> {
    for (const limit = performance.now() + limitMs; ; ) {
      const answer = await this.send(method, path, body);
      if (answer.status >= 200 && answer.status < 400) return answer;
      const passing = answer.status === 0 || answer.status === 409 || answer.status >= 500;
      if (!passing || performance.now() > limit)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      await pause(200);
    }
  }
}

async function request(url: string, method: string, body: unknown): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method,
      headers: { "X-OpenStack-Ironic-API-Version": "1.115", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  } catch (error) {
    return { status: 0, body: { reason: String(error) } };
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
