/** A real Prometheus on a loopback port that scrapes what it is told to, and its promtool. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort } from "./loopback.ts";
import { hasPrograms } from "./programs.ts";
import { folderFor, ServerProcess } from "./server-process.ts";

const LIMIT_MS = 30_000;

export const hasPrometheus = (): boolean => hasPrograms("prometheus", "promtool");

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds and the value as text. */
  readonly value: readonly [number, string];
}

export class PrometheusServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: ServerProcess;

  private constructor(url: string, server: ServerProcess) {
    this.url = url;
    this.#server = server;
  }

  /** Scrapes `urls` every second. */
  static async start(...urls: readonly string[]): Promise<PrometheusServer> {
    const folder = folderFor("prometheus", null, false);
    const port = await freePort();
    const targets = urls.map((target) => new URL(target).host);
    const jobs = [{ job_name: "ferric", static_configs: [{ targets }] }];
    // JSON is YAML.
    const config = { global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs: jobs };
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
    const args = [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const server = new ServerProcess(folder, "prometheus", args, null);
    const url = `http://127.0.0.1:${port}`;
    try {
      await server.start(async () => {
        const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) });
        if (!answer.ok) throw new Error(`not ready: ${answer.status}`);
      });
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return new PrometheusServer(url, server);
  }

  /** An instant query. @throws Error with what Prometheus says is wrong with it */
  async query(query: string): Promise<readonly Series[]> {
    const answer = await fetch(`${this.url}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const told = (await answer.json()) as { status: string; error?: string; data?: { result: readonly Series[] } };
    if (told.status !== "success" || told.data === undefined) throw new Error(`${query}: ${told.error}`);
    return told.data.result;
  }

  /** What it says of its last scrape: empty when all was well. */
  async lastError(): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/targets`, { signal: AbortSignal.timeout(LIMIT_MS) });
    const { data } = (await answer.json()) as { data: { activeTargets: readonly { lastError: string }[] } };
    return data.activeTargets.map(({ lastError }) => lastError).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** What promtool complains about in a text of metrics; empty when it has nothing to say. */
export async function checkMetrics(metrics: string): Promise<string> {
  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(metrics);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  return `${out}${err}`.trim() || (code === 0 ? "" : `promtool ended with ${code}`);
}
