/** Where keys come from: a file for the service's user only, or an option that the environment gives. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { reasonOf } from "../errors/fault.ts";
import { SecretKeysUnusable } from "../errors/secrets.ts";
import type { KeySource } from "./key-ring.ts";
import { newKeyText, parseKeys, type SecretKey } from "./secret-key.ts";

const OTHERS = 0o007;
const HEADER = `# Keys that encrypt the secrets in ferric's database: the first encrypts, all decrypt.
# Whoever has this file and the database has the secrets: keep a copy of it, and keep it apart from the backups.
`;

/** What `[secrets]encryption_keys` holds. */
export function textSource(text: string): KeySource {
  return { name: "[secrets]encryption_keys", read: () => keysIn(text, "[secrets]encryption_keys") };
}

export function fileSource(path: string): KeySource {
  return {
    name: path,
    read: () => {
      refuseOpen(path);
      return keysIn(textOf(path), path);
    },
  };
}

/** Keys of all of them, in their order. */
export function joined(sources: readonly KeySource[]): KeySource {
  return {
    name: sources.map(({ name }) => name).join(" and "),
    read: () => sources.flatMap((source) => source.read()),
  };
}

/** A file with one new key, unless there is a file: of processes that start at once, one makes it. @throws SecretKeysUnusable */
export function makeKeyFile(path: string): void {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    writeWhole(aside, `${HEADER}${newKeyText()}\n`);
    linkSync(aside, path);
    syncFolder(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw SecretKeysUnusable(
        { source: path, reason: `it is not there and cannot be made: ${reasonOf(error)}` },
        error,
      );
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Puts a new key before those that the file holds; owner and rights stay. @throws SecretKeysUnusable */
export function addKey(path: string): SecretKey {
  const text = textOf(path);
  const first = newKeyText();
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    const { uid, gid, mode } = statSync(path);
    const [comments, keys] = [/^#/, /^[^#]/].map((kind) => text.split("\n").filter((line) => kind.test(line)));
    writeWhole(aside, `${[...(comments ?? []), first, ...(keys ?? [])].join("\n")}\n`, { uid, gid, mode });
    renameSync(aside, path);
    syncFolder(path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw SecretKeysUnusable({ source: path, reason: `a key cannot be added: ${reasonOf(error)}` }, error);
  }
  const [key] = keysIn(first, path);
  if (key === undefined) throw new Error("no key was made");
  return key;
}

function writeWhole(path: string, text: string, like?: { uid: number; gid: number; mode: number }): void {
  const file = openSync(path, "wx", 0o600);
  try {
    if (like !== undefined) {
      fchownSync(file, like.uid, like.gid);
      fchmodSync(file, like.mode & 0o777);
    }
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function refuseOpen(path: string): void {
  const mode = statOf(path);
  if ((mode & OTHERS) !== 0)
    throw SecretKeysUnusable({
      source: path,
      reason: `it is open to everybody (mode ${(mode & 0o777).toString(8).padStart(4, "0")}); run "chmod o= ${path}"`,
    });
}

function statOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch (error) {
    throw SecretKeysUnusable({ source: path, reason: reasonOf(error) }, error);
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw SecretKeysUnusable({ source: path, reason: reasonOf(error) }, error);
  }
}

function keysIn(text: string, source: string): readonly SecretKey[] {
  let keys: readonly SecretKey[];
  try {
    keys = parseKeys(text);
  } catch (error) {
    throw SecretKeysUnusable({ source, reason: reasonOf(error) }, error);
  }
  if (keys.length === 0) throw SecretKeysUnusable({ source, reason: "it holds no key" });
  return keys;
}
