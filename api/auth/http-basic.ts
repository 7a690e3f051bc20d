/**
 * [DEFAULT]auth_strategy = http_basic: names and passwords from a file (RFC 7617). Who is in the file may do everything,
 * as upstream. Answers as the real service gives them.
 */
import { ANONYMOUS, type Identity } from "../../common/identity.ts";
import type { Logger } from "../../common/log.ts";
import { AuthRefused } from "../errors.ts";
import type { Authenticator, Caller } from "./authenticator.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { PasswordFile } from "./htpasswd.ts";
import { keyedHash } from "./keyed-hash.ts";
import { PasswordThread } from "./password-thread.ts";

const CHALLENGE = { "WWW-Authenticate": 'Basic realm="Baremetal API"' };
const MOST_HEADER = 4096;
/** bcrypt takes no more into account, so what lies behind would not be checked. */
const MOST_PASSWORD_BYTES = 72;
const KEPT_VERDICTS = 1000;
const KEPT_MS = 10 * 60_000;
/** Wrong passwords are remembered for clients that go on trying the same one; guesses cannot push right ones out. */
const WRONG_KEPT_MS = 60_000;

interface Credentials {
  readonly name: string;
  readonly password: string;
}

export class HttpBasic implements Authenticator {
  readonly #file: PasswordFile;
  readonly #thread: PasswordThread;
  readonly #right: BoundedCache<true>;
  readonly #wrong: BoundedCache<true>;
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #clock: () => number;

  constructor(file: PasswordFile, log: Logger, clock: () => number = Date.now) {
    this.#file = file;
    this.#clock = clock;
    this.#thread = new PasswordThread(log);
    this.#right = new BoundedCache(KEPT_VERDICTS, clock);
    this.#wrong = new BoundedCache(KEPT_VERDICTS, clock);
  }

  async authenticate({ headers }: Caller): Promise<Identity> {
    const { name, password } = readCredentials(headers.authorization);
    const { hashes, decoy } = await this.#file.current();
    const hash = hashes.get(name);
    // A name that is not there is compared too: it must not be known by a faster answer.
    const same = await this.#isRight(name, password, hash ?? decoy);
    if (!same || hash === undefined) throw refused("Incorrect username or password");
    return identityOf(name);
  }

  /** Names stand for their hash of the moment: a verdict ends with the line it is about. */
  async #isRight(name: string, password: string, hash: string): Promise<boolean> {
    const key = keyedHash(name, password, hash);
    if (this.#right.get(key) === true) return true;
    if (this.#wrong.get(key) === true) return false;
    const underWay = this.#underWay.get(key) ?? this.#compare(key, password, hash);
    this.#underWay.set(key, underWay);
    return await underWay;
  }

  async #compare(key: string, password: string, hash: string): Promise<boolean> {
    try {
      const same = (await this.#thread.compare(password, hash)) && Buffer.byteLength(password) <= MOST_PASSWORD_BYTES;
      if (same) this.#right.set(key, true, this.#clock() + KEPT_MS);
      else this.#wrong.set(key, true, this.#clock() + WRONG_KEPT_MS);
      return same;
    } finally {
      this.#underWay.delete(key);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}

function identityOf(name: string): Identity {
  const roles = ["admin", "manager", "member", "reader"];
  return { ...ANONYMOUS, user_id: name, user_name: name, system_scope: "all", roles };
}

/** @throws AuthRefused: 401 without a header, 400 for one that cannot be understood */
function readCredentials(header: string | undefined): Credentials {
  if (header === undefined) throw refused("Authorization required");
  const [type = "", token = "", ...more] = header.trim().split(/ +/);
  if (token === "" || more.length > 0) throw unreadable("Could not parse Authorization header");
  if (type.toLowerCase() !== "basic") throw unreadable(`Unsupported authorization type "${type.slice(0, 40)}"`);
  const text = decode(token);
  const colon = text?.indexOf(":") ?? -1;
  if (text === null || colon < 0) throw unreadable("Could not decode authorization token");
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(token: string): string | null {
  if (token.length > MOST_HEADER || token.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(token, "base64"));
  } catch {
    return null;
  }
}

function refused(message: string): AuthRefused {
  return new AuthRefused(401, { message, code: 401 }, CHALLENGE);
}

function unreadable(message: string): AuthRefused {
  return new AuthRefused(400, { message, code: 400 });
}
