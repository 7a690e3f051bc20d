/**
 * The password file of http_basic: lines of `name:hash` with bcrypt hashes, as Apache's `htpasswd -B` writes them.
 * It is read again when it has changed; a file that has become wrong is told in the log, and what was last right counts.
 */
import { readFile, stat } from "node:fs/promises";
import type { Logger } from "../../common/log.ts";

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const LEAST_COST = 4;
/** A second or two a check. */
const MOST_COST = 14;
const MOST_BYTES = 4 * 1024 * 1024;
/** How long a change may go unnoticed. */
const LOOK_AGAIN_MS = 1000;

export interface Passwords {
  readonly hashes: ReadonlyMap<string, string>;
  /** A hash of no password, as costly as the costliest of the file: for names that are not in it. */
  readonly decoy: string;
}

/** @throws Error that names the line, never what it holds */
export function parsePasswords(text: string): Passwords {
  const hashes = new Map<string, string>();
  let costliest = LEAST_COST;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const { name, hash, cost } = parseLine(line, index + 1);
    if (hashes.has(name)) throw new Error(`line ${index + 1} names "${name}" a second time`);
    hashes.set(name, hash);
    costliest = Math.max(costliest, cost);
  }
  return { hashes, decoy: `$2b$${String(costliest).padStart(2, "0")}$${".".repeat(53)}` };
}

function parseLine(line: string, number: number): { name: string; hash: string; cost: number } {
  const [name = "", rest = ""] = line.trim().split(":", 2);
  if (name === "" || rest === "") throw new Error(`line ${number} is not of the form name:hash`);
  const cost = Number(BCRYPT.exec(rest)?.[1]);
  if (Number.isNaN(cost)) throw new Error(`line ${number} has no bcrypt hash: write it with htpasswd -B`);
  if (cost < LEAST_COST || cost > MOST_COST) {
    throw new Error(`line ${number} has a hash of cost ${cost}: it must be between ${LEAST_COST} and ${MOST_COST}`);
  }
  return { name, hash: rest, cost };
}

export class PasswordFile {
  readonly #path: string;
  readonly #log: Logger;
  readonly #clock: () => number;
  #passwords: Passwords;
  #version: string;
  #lookedAt: number;
  #looking: Promise<void> | null = null;

  private constructor(path: string, log: Logger, clock: () => number, read: { passwords: Passwords; version: string }) {
    this.#path = path;
    this.#log = log;
    this.#clock = clock;
    this.#passwords = read.passwords;
    this.#version = read.version;
    this.#lookedAt = clock();
  }

  /** @throws Error when it cannot be read or a line is wrong */
  static async open(path: string, log: Logger, clock: () => number = Date.now): Promise<PasswordFile> {
    return new PasswordFile(path, log, clock, await readPasswords(path));
  }

  async current(): Promise<Passwords> {
    if (this.#clock() - this.#lookedAt >= LOOK_AGAIN_MS) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null;
      });
      await this.#looking;
    }
    return this.#passwords;
  }

  async #look(): Promise<void> {
    try {
      if ((await versionOf(this.#path)) !== this.#version) {
        const read = await readPasswords(this.#path);
        this.#passwords = read.passwords;
        this.#version = read.version;
        this.#log.info({ file: this.#path, users: read.passwords.hashes.size }, "password file read again");
      }
    } catch (error) {
      this.#log.error({ file: this.#path, error }, "password file cannot be read again: what was last read counts");
    }
    this.#lookedAt = this.#clock();
  }
}

async function readPasswords(path: string): Promise<{ passwords: Passwords; version: string }> {
  const version = await versionOf(path);
  return { passwords: parsePasswords(await readFile(path, "utf8")), version };
}

/** @throws Error when it is no file, or too large for a list of users */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  if (found.size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes`);
  return `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}
