/** Watches where secrets must not show: command lines and environments of ferric's and the agents' children, texts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export class SecretWatch implements Disposable {
  readonly #secrets = new Map<string, string>();
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  /** `parents`: processes whose children are looked at, again and again. */
  constructor(parents: () => readonly number[]) {
    this.#timer = setInterval(() => {
      for (const pid of parents()) this.#look(pid);
    }, 10);
  }

  /** `name`: for the failure's message. */
  plant(name: string, secret: string): void {
    this.#secrets.set(name, secret);
  }

  /** Command lines (with environments) seen so far. */
  get processes(): readonly string[] {
    return [...this.#seen];
  }

  /** @throws AssertionError naming the secret and the place, never the secret itself */
  checkBytes(place: string, bytes: Buffer): void {
    this.check(place, bytes.toString("latin1"));
  }

  /** @throws AssertionError naming the secret and the place, never the secret itself */
  check(place: string, text: string): void {
    for (const [name, secret] of this.#secrets) {
      const at = text.indexOf(secret);
      const around = text.slice(Math.max(0, at - 200), at + secret.length + 50).replaceAll(secret, `<${name}>`);
      assert.ok(at < 0, `${name} shows in ${place}: ...${around}...`);
    }
  }

  #look(pid: number): void {
    for (const child of read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean))
      this.#seen.add(`${read(`/proc/${child}/cmdline`)} ${read(`/proc/${child}/environ`)}`.replaceAll("\0", " "));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}
