/** Who may open a console: a request for a web socket is judged by its place of origin, its rate and its token. */
import type { IncomingMessage } from "node:http";
import type { Config } from "../../common/config/config.ts";
import { accessOf, type ConsoleAccess, isExpired, opens } from "../../common/console-access.ts";
import { ConsoleExpired, ConsoleOriginRefused, ConsoleRate, ConsoleRefused } from "../../common/errors/console.ts";
import { NodeNotFound } from "../../common/errors/node.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Stores } from "../../db/contract.ts";
import { SourceRate } from "../middleware/source-rate.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_TOKEN = 256;
/** Of one address: a browser that connects anew needs a handful, and each costs a look into the database. */
const RATE = { perSecond: 5, burst: 40, exempt: [], refusal: ConsoleRate };
const FIELDS = ["uuid", "console_enabled", "driver_internal_info"];

export interface Admission {
  readonly node: string;
  readonly access: ConsoleAccess;
}

export class Doorkeeper {
  readonly #config: Config;
  readonly #nodes: Stores["nodes"];
  readonly #rate = new SourceRate(RATE);
  readonly #now: () => number;

  constructor(config: Config, nodes: Stores["nodes"], now: () => number) {
    this.#config = config;
    this.#nodes = nodes;
    this.#now = now;
  }

  /** @throws ConsoleRate, InvalidParameterValue, ConsoleOriginRefused, ConsoleRefused, ConsoleExpired */
  async admit(request: IncomingMessage, asked: URLSearchParams): Promise<Admission> {
    this.#rate.admit(request.socket.remoteAddress ?? "");
    this.#checkOrigin(request);
    const node = (asked.get("node") ?? "").toLowerCase();
    const token = asked.get("token") ?? "";
    if (!UUID.test(node) || token === "" || token.length > MOST_TOKEN)
      throw InvalidParameterValue({
        reason: "node (a UUID) or token is missing; open the URL that the console's state shows.",
      });
    const access = await this.accessOf(node);
    if (!opens(access, token) || access === null) throw ConsoleRefused({});
    const { token_timeout: seconds } = this.#config.vnc;
    if (isExpired(access, seconds, this.#now())) throw ConsoleExpired({ seconds });
    return { node, access };
  }

  /** Null for a node that is gone or whose console is off. */
  async accessOf(uuid: string): Promise<ConsoleAccess | null> {
    try {
      const node = await this.#nodes.getRevealed(uuid, { fields: FIELDS });
      return node.console_enabled ? accessOf(node) : null;
    } catch (error) {
      if (NodeNotFound.matches(error)) return null;
      throw error;
    }
  }

  /** Browsers say which page asks; what is no browser needs a token all the same. */
  #checkOrigin({ headers }: IncomingMessage): void {
    const { origin, host } = headers;
    if (origin === undefined) return;
    const { public_url: url } = this.#config.vnc;
    const own = url !== null && URL.canParse(url) ? new URL(url).host : null;
    const asking = URL.canParse(origin) ? new URL(origin).host : null;
    if (asking !== null && (asking === host?.toLowerCase() || asking === own)) return;
    throw ConsoleOriginRefused({ origin: origin.slice(0, 200) });
  }
}
