/** Watches where secrets must not show: command lines and environments of ferric's and the agents' children, texts. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const GZIP = 0x1f8b;

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

  /** Every file below `folder`. Answers their names. @throws AssertionError as `check` does */
  checkFilesBelow(folder: string): ReadonlySet<string> {
    const files = filesBelow(folder);
    for (const file of files) {
      const bytes = readFileSync(file);
      this.checkBytes(file, bytes);
      if (bytes.length > 2 && bytes.readUInt16BE(0) === GZIP) this.checkBytes(`${file}, unpacked`, gunzipSync(bytes));
    }
    return new Set(files.map((file) => file.split("/").at(-1) ?? ""));
  }

  #look(pid: number): void {
    for (const child of read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean))
      this.#seen.add(`${read(`/proc/${child}/cmdline`)} ${read(`/proc/${child}/environ`)}`.replaceAll("\0", " "));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}
