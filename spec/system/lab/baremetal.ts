/** The stock `baremetal` command line client, as an operator uses it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export class Baremetal {
  readonly #program: string;
  readonly #endpoint: string;

  readonly #heard: (answer: string) => void;

  /** `heard` is told what the client printed. */
  constructor(program: string, endpoint: string, heard: (answer: string) => void) {
    this.#program = program;
    this.#endpoint = endpoint;
    this.#heard = heard;
  }

  /** Runs a subcommand; its standard output. Throws with what the client printed when it fails. */
  async run(...args: string[]): Promise<string> {
    const env = { ...process.env, OS_AUTH_TYPE: "none", OS_ENDPOINT: this.#endpoint };
    const { stdout } = await run(this.#program, args, { env, timeout: 30 * 60_000 });
    this.#heard(stdout);
    return stdout;
  }

  async show(node: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.run("node", "show", node, "-f", "json")) as Record<string, unknown>;
  }
}
