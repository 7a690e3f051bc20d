/**
 * [DEFAULT]auth_strategy = keystone: callers give a token (X-Auth-Token), services that act for somebody their own
 * beside it (X-Service-Token). Answers as the real service gives them.
 */
import type { Config } from "../../../common/config/config.ts";
import { ANONYMOUS, type Identity } from "../../../common/identity.ts";
import type { Logger } from "../../../common/log.ts";
import { AuthRefused } from "../../errors.ts";
import type { Authenticator, Caller } from "../authenticator.ts";
import { allowsUse } from "./access-rules.ts";
import { KeystoneClient } from "./client.ts";
import { KnownTokens } from "./known-tokens.ts";

const REFUSAL = { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." };
const NO_ROLES: readonly string[] = [];

type Settings = Config["keystone_authtoken"];

interface Service {
  readonly roles: readonly string[];
  /** It has a role for which it may act for somebody else. */
  readonly trusted: boolean;
}

const NO_SERVICE: Service = { roles: NO_ROLES, trusted: false };

export class KeystoneAuthenticator implements Authenticator {
  readonly #settings: Settings;
  readonly #client: KeystoneClient;
  readonly #tokens: KnownTokens;
  readonly #challenge: Readonly<Record<string, string>>;

  /** @throws InvalidParameterValue, Error when a certificate's file cannot be read */
  constructor(settings: Settings, log: Logger, clock: () => number = Date.now) {
    this.#settings = settings;
    this.#client = new KeystoneClient(settings, clock);
    this.#tokens = new KnownTokens(this.#client, settings, log, clock);
    const shown = settings.www_authenticate_uri ?? settings.auth_url ?? "";
    this.#challenge = { "WWW-Authenticate": `Keystone uri="${shown}"` };
    // A wrong password of our own should be in the log before the first caller is turned away. Start does not wait.
    void this.#client.ready().catch((error: unknown) => log.error({ error }, "cannot log in to Keystone yet"));
  }

  async authenticate(caller: Caller): Promise<Identity> {
    const service = await this.#service(caller);
    const token = caller.headers["x-auth-token"] ?? caller.headers["x-storage-token"];
    if (service === null || typeof token !== "string") return this.#nobody(caller);
    const facts = await this.#tokens.ask(token, service.trusted);
    if (facts === null) return this.#nobody(caller);
    const { method, path } = caller;
    // A service that acts for somebody asks for things that its caller's rules need not name.
    const use = { service: this.#settings.service_type, method, path };
    if (!service.trusted && !allowsUse(facts.accessRules, use)) return this.#nobody(caller);
    return service.roles.length === 0 ? facts.identity : { ...facts.identity, service_roles: service.roles };
  }

  /** Null for a service token that is not taken. */
  async #service({ headers }: Caller): Promise<Service | null> {
    const token = headers["x-service-token"];
    if (token === undefined) return NO_SERVICE;
    const facts = typeof token === "string" ? await this.#tokens.ask(token, false) : null;
    if (facts === null) return null;
    const { roles } = facts.identity;
    const trusted = this.#settings.service_token_roles.some((role) => roles.includes(role.toLowerCase()));
    return trusted || !this.#settings.service_token_roles_required ? { roles, trusted } : null;
  }

  /** @throws AuthRefused, unless policy rules are to judge callers whom nobody knows */
  #nobody({ path }: Caller): Identity {
    if (this.#settings.delay_auth_decision && !path.startsWith("/ferric/")) return ANONYMOUS;
    throw new AuthRefused(401, REFUSAL, this.#challenge);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
