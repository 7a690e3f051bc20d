/** Asks Keystone about tokens, with a token of the API's own that is got again when it ends or is refused. */
import type { Config } from "../../../common/config/config.ts";
import { isJsonObject } from "../../../common/json.ts";
import { loginBody } from "./credentials.ts";
import { type Answer, KeystoneAway, KeystoneExchange } from "./exchange.ts";
import { readTokenFacts, type TokenFacts } from "./token-facts.ts";

/** Of its life: the rest is there so that it does not end on the way. */
const USED_PART = 0.8;

interface OwnToken {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

export class KeystoneClient implements AsyncDisposable {
  readonly #exchange: KeystoneExchange;
  readonly #login: string;
  readonly #clock: () => number;
  #own: OwnToken | null = null;
  #loggingIn: Promise<OwnToken> | null = null;

  constructor(settings: Config["keystone_authtoken"], clock: () => number = Date.now) {
    this.#exchange = new KeystoneExchange(settings);
    this.#login = loginBody(settings);
    this.#clock = clock;
  }

  /**
   * Null for a token that Keystone does not know, or no longer. `alsoExpired`: for work that was begun while it was
   * valid. @throws KeystoneAway
   */
  async validate(token: string, alsoExpired: boolean): Promise<TokenFacts | null> {
    let own = await this.#ownToken();
    let answer = await this.#ask(token, alsoExpired, own);
    if (answer.status === 401) {
      this.#forget(own);
      own = await this.#ownToken();
      answer = await this.#ask(token, alsoExpired, own);
      if (answer.status === 401) this.#forget(own);
    }
    return this.#judge(answer);
  }

  /** Logs in, where that has not been done. @throws KeystoneAway */
  async ready(): Promise<void> {
    await this.#ownToken();
  }

  #ask(token: string, alsoExpired: boolean, own: OwnToken): Promise<Answer> {
    return this.#exchange.send({
      method: "GET",
      path: `/auth/tokens?nocatalog${alsoExpired ? "&allow_expired=1" : ""}`,
      headers: {
        "x-auth-token": own.id,
        "x-subject-token": token,
        // Without it Keystone denies every token that is restricted by access rules.
        "openstack-identity-access-rules": "1.0",
      },
    });
  }

  #judge({ status, body }: Answer): TokenFacts | null {
    if (status === 404 || status === 400) return null;
    const { url } = this.#exchange;
    if (status === 401) throw new KeystoneAway(`${url} refuses the token that it has just given to us`);
    if (status === 403)
      throw new KeystoneAway(`${url} does not let our own user validate tokens: give it the role service`);
    const facts = status === 200 ? readTokenFacts(body) : null;
    if (facts === null) throw new KeystoneAway(`${url} answers ${status}, with nothing about the token`);
    return facts;
  }

  async #ownToken(): Promise<OwnToken> {
    if (this.#own !== null && this.#own.renewAt > this.#clock()) return this.#own;
    this.#loggingIn ??= this.#logIn().finally(() => {
      this.#loggingIn = null;
    });
    return await this.#loggingIn;
  }

  /** Another caller may have got a new one meanwhile. */
  #forget(own: OwnToken): void {
    if (this.#own === own) this.#own = null;
  }

  async #logIn(): Promise<OwnToken> {
    const answer = await this.#exchange.send({ method: "POST", path: "/auth/tokens?nocatalog", body: this.#login });
    const own = this.#readOwn(answer);
    this.#own = own;
    return own;
  }

  #readOwn({ status, token, body }: Answer): OwnToken {
    const { url } = this.#exchange;
    if (status === 401)
      throw new KeystoneAway(`${url} refuses our own user: check name, password and project in [keystone_authtoken]`);
    const facts = isJsonObject(body) ? readTokenFacts(body) : null;
    if (status !== 201 || token === null || facts === null)
      throw new KeystoneAway(`${url} answers ${status} to our login; is auth_url the address of Keystone v3?`);
    const now = this.#clock();
    return { id: token, renewAt: now + (facts.expiresAt - now) * USED_PART };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#exchange[Symbol.asyncDispose]();
  }
}
