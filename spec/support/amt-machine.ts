/**
 * A machine with Intel AMT on a loopback port: HTTP digest, and as much WS-Management as its power and boot control take
 * (Intel AMT Implementation and Reference Guide, "Remote Control"). It refuses what the guide says that AMT refuses.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { listening } from "./loopback.ts";

export const AMT_LOGIN = { amt_username: "admin", amt_password: "P@ss'w0rd" };
const REALM = "Digest:A4070000000000000000000000000000";
const CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
const DONE_BY: Readonly<Record<string, number>> = { 2: 2, 8: 8, 12: 8, 10: 2, 5: 2 };

export class AmtMachine {
  /** CIM_AssociatedPowerManagementService.PowerState. */
  state = 8;
  /** What was invoked, in order, with the interesting argument. */
  readonly invoked: string[] = [];
  /** Source of the next start, once its role was set; gone with that start. */
  bootSource: string | null = null;
  bootedFrom: string | null = null;
  /** Answers in place of the next real ones. */
  readonly troubles: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
  port = 0;
  readonly #server: Server;
  #nonce = randomBytes(8).toString("hex");
  #chosen: string | null = null;

  private constructor(tls: ServerOptions | null) {
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = tls === null ? createServer(serve) : createTlsServer(tls, serve);
  }

  static async start(tls: ServerOptions | null = null): Promise<AmtMachine> {
    const machine = new AmtMachine(tls);
    machine.port = await listening(machine.#server);
    return machine;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** AMT changes it now and then. */
  forgetNonce(): void {
    this.#nonce = randomBytes(8).toString("hex");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const trouble = this.troubles.shift();
    if (trouble !== undefined) return trouble(request, response);
    if (request.method !== "POST" || request.url !== "/wsman") return void response.writeHead(404).end();
    if (!this.#knows(request)) {
      const challenge = `Digest realm="${REALM}", nonce="${this.#nonce}",stale="false",qop="auth"`;
      return void response.writeHead(401, { "WWW-Authenticate": challenge }).end("<html>401</html>");
    }
    const [status, answer] = this.#answer(body);
    response.writeHead(status, { "Content-Type": "application/soap+xml; charset=UTF-8" }).end(answer);
  }

  #knows(request: IncomingMessage): boolean {
    const header = request.headers.authorization ?? "";
    const field = (name: string) =>
      new RegExp(`\\b${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^,\\s]+))`).exec(header)?.slice(1).find(Boolean) ?? "";
    const hash = (text: string) => createHash("md5").update(text).digest("hex");
    const secret = hash(`${AMT_LOGIN.amt_username}:${REALM}:${AMT_LOGIN.amt_password}`);
    const asked = hash(`POST:${request.url}`);
    const expected = hash(`${secret}:${this.#nonce}:${field("nc")}:${field("cnonce")}:auth:${asked}`);
    return header.startsWith("Digest ") && field("nonce") === this.#nonce && field("response") === expected;
  }

  #answer(body: string): [number, string] {
    const action = /<a:Action[^>]*>([^<]+)</.exec(body)?.[1] ?? "";
    if (action.endsWith("/transfer/Get")) return [200, this.#get(body)];
    const method = action.slice(action.lastIndexOf("/") + 1);
    const value = this.#invoke(method, body);
    if (value === null)
      return [
        400,
        envelope('<b:Fault><b:Reason><b:Text xml:lang="en-US">Invalid action</b:Text></b:Reason></b:Fault>'),
      ];
    return [200, envelope(`<g:${method}_OUTPUT><g:ReturnValue>${value}</g:ReturnValue></g:${method}_OUTPUT>`)];
  }

  #get(body: string): string {
    if (!body.includes(`${CIM}CIM_AssociatedPowerManagementService<`)) return envelope("");
    return envelope(
      `<g:CIM_AssociatedPowerManagementService><g:AvailableRequestedPowerStates>8</g:AvailableRequestedPowerStates><g:PowerState>${this.state}</g:PowerState></g:CIM_AssociatedPowerManagementService>`,
    );
  }

  /** ReturnValue; null: no such method. */
  #invoke(method: string, body: string): number | null {
    if (method === "RequestPowerStateChange") {
      const asked = /<r:PowerState>(\d+)</.exec(body)?.[1] ?? "";
      this.invoked.push(`power ${asked}`);
      if (!body.includes(">ManagedSystem<") || DONE_BY[asked] === undefined) return 5;
      if (asked === "2" && this.state !== 2) [this.bootedFrom, this.bootSource] = [this.bootSource, null];
      this.state = DONE_BY[asked];
      return 0;
    }
    if (method === "ChangeBootOrder") {
      this.#chosen = /<w:Selector Name="InstanceID">(Intel\(r\) AMT: Force [^<]+)</.exec(body)?.[1] ?? null;
      this.invoked.push(`order ${this.#chosen}`);
      return body.includes("Intel(r) AMT: Boot Configuration 0") ? 0 : 5;
    }
    if (method !== "SetBootConfigRole") return null;
    const role = /<r:Role>(\d+)</.exec(body)?.[1];
    this.invoked.push(`role ${role}`);
    this.bootSource = role === "1" ? this.#chosen : null;
    return 0;
  }
}

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope" xmlns:g="${CIM}x"><a:Header></a:Header><a:Body>${body}</a:Body></a:Envelope>`;
}
