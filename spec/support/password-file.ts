/** A password file for http_basic in a folder of its own, and the header that goes with a name and a password. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";

/** Cheap: tests check many. */
const COST = 4;

export class TestPasswords implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "ferric-passwords-"));
  readonly path = join(this.#folder, "htpasswd");

  constructor(users: Readonly<Record<string, string>> = {}) {
    this.write(Object.entries(users).map(([name, password]) => `${name}:${hashed(password)}`));
  }

  write(lines: readonly string[]): void {
    writeFileSync(this.path, `${lines.join("\n")}\n`, { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** `flavour`: "a", "b" or "y", as different programs write the same. */
export function hashed(password: string, { cost = COST, flavour = "y" } = {}): string {
  return hashSync(password, cost).replace(/^\$2.\$/, `$2${flavour}$`);
}

export function basic(name: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}
