/** The stock `baremetal` command line client, as an operator uses it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export class Baremetal {
  readonly #program: string;
  readonly #endpoint: string;

  constructor(program: string, endpoint: string) {
    this.#program = program;
    this.#endpoint = endpoint;
  }

  /** Runs a subcommand; its standard output. Throws with what the client printed when it fails. */
  async run(...args: string[]): Promise<string> {
    const env = { ...process.env, OS_AUTH_TYPE: "none", OS_ENDPOINT: this.#endpoint };
    const { stdout } = await run(this.#program, args, { env, timeout: 30 * 60_000 });
    return stdout;
  }

  async show(node: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.run("node", "show", node, "-f", "json")) as Record<string, unknown>;
  }
}
