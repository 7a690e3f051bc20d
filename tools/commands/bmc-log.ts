/** `ferric bmc log`: what was last said to a node's controller, as its conductor remembers it. */
import { parseArgs } from "node:util";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import { UsageError } from "../flags.ts";

const ASK_MS = 30_000;

export async function log(argv: readonly string[]): Promise<number> {
  const { node, api, json } = read(argv);
  const answer = await ask(`${api}/ferric/v1/nodes/${encodeURIComponent(node)}/bmc-log`);
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
  return 0;
}

/** @throws UsageError */
function read(argv: readonly string[]): { node: string; api: string; json: boolean } {
  try {
    const options = { api: { type: "string" }, json: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [node, more] = positionals;
    if (node === undefined) throw new UsageError("NODE is missing");
    if (more !== undefined) throw new UsageError(`unexpected "${more}"`);
    const api = values.api ?? process.env.OS_ENDPOINT ?? "http://127.0.0.1:6385";
    if (!URL.canParse(api)) throw new UsageError(`--api wants a URL, got "${api}"`);
    return { node, api: api.replace(/\/+(v1\/*)?$/, ""), json: values.json === true };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws Error with what the API said */
async function ask(url: string): Promise<JsonObject> {
  const answer = await fetch(url, { headers: credentials(), signal: AbortSignal.timeout(ASK_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 500)}`);
  const body: unknown = JSON.parse(text);
  if (!isJsonObject(body)) throw new Error(`${url}: this is no answer of ferric`);
  return body;
}

function credentials(): Record<string, string> {
  const { OS_TOKEN: token, OS_USERNAME: name, OS_PASSWORD: password } = process.env;
  if (token !== undefined) return { "X-Auth-Token": token };
  if (name === undefined || password === undefined) return {};
  return { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

function textOf({ node, conductor, exchanges }: JsonObject): string {
  const all = Array.isArray(exchanges) ? exchanges.filter(isJsonObject) : [];
  const lines = all.flatMap(({ at, protocol, address, request, answer, fault, ms }) => [
    `${at}  ${protocol} ${address}  ${ms} ms  ${request}`,
    `    ${fault === null ? `-> ${answer}` : `!! ${fault}`}`,
  ]);
  return `${[...lines, `${all.length} exchanges of node ${node}, remembered by conductor ${conductor}`].join("\n")}\n`;
}
