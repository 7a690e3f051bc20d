/**
 * Secrets in every place that takes them, and the search for them in all that a deploy on the lab has left, said or started.
 * What is not searched: the disk and the console of the installed system, which the config drive is meant for.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { loadConfig } from "../../../common/config/load.ts";
import type { FerricEvent } from "../../../common/events.ts";
import { silent } from "../../../common/log.ts";
import { openDatabase } from "../../../db/connect.ts";
import { SecretWatch } from "../../support/secret-watch.ts";
import { ROOT } from "./prerequisites.ts";

const LOOK_MS = 2000;
const canary = (what: string) => `canary-${what}-5e1f`;

/** At most 16 characters: a BMC keeps no more for older ways to log in. */
const BMC_PASSWORD = "canary-bmc-5e1f";

export interface Places {
  /** [DEFAULT]state_path and everything else of the run. */
  readonly state: string;
  readonly conf: string;
  readonly api: string;
  readonly events: readonly FerricEvent[];
  /** The service's process, also after a restart. */
  pid(): number;
}

export interface PlantedBmc {
  readonly address: string;
  /** Whether ferric speaks to it by ipmitool. */
  readonly byTool: boolean;
}

export class Planted implements AsyncDisposable {
  /** What the BMC has now. */
  readonly bmcPassword: string;
  /** More of driver_info. */
  readonly driverInfo: readonly string[];
  /** A line of the config drive's user data. */
  readonly driveLine = `# ${canary("drive")}`;
  readonly chapPassword = canary("chap");
  readonly stepArgument = canary("step");
  readonly #places: Places;
  readonly #watch: SecretWatch;
  readonly #answers: string[] = [];
  readonly #bootFiles = new Set<string>();
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  readonly #byTool: boolean;
  #tokens = 0;

  /** `bmc`: one of IPMI, which gets a password that can be searched for; null for other controllers. */
  constructor(places: Places, bmc: PlantedBmc | null) {
    this.#places = places;
    this.#byTool = bmc?.byTool ?? false;
    const taken = bmc !== null && plantBmcPassword(bmc.address);
    this.bmcPassword = taken ? BMC_PASSWORD : "secret";
    this.driverInfo = [
      `console_password=${canary("console")}`,
      `snmp_community=${canary("community")}`,
      ...(taken ? [`ipmi_password=${BMC_PASSWORD}`] : []),
    ];
    this.#watch = new SecretWatch(() => [places.pid()]);
    for (const what of ["console", "community", "drive", "chap", "step"]) this.#watch.plant(what, canary(what));
    if (taken) this.#watch.plant("BMC_PASSWORD", BMC_PASSWORD);
    this.#looking = this.#look();
  }

  /** What a client was told. */
  heard(answer: string): void {
    this.#answers.push(answer);
  }

  /** Looks while the machine is worked on: the agent's token, which is a secret too, boot files and answers of then. */
  async #look(): Promise<void> {
    const { api, conf } = this.#places;
    const { config } = loadConfig({ files: [conf] });
    const known = new Set<string>();
    while (!this.#stop.signal.aborted) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
      try {
        await using database = await openDatabase(config, silent);
        for (const { uuid } of await database.stores.nodes.list({ fields: ["uuid"] })) {
          const { agent_secret_token: token } = (await database.stores.nodes.getRevealed(uuid)).driver_internal_info;
          if (typeof token === "string" && !known.has(token)) {
            known.add(token);
            this.#watch.plant(`the agent's token ${++this.#tokens}`, token);
          }
          for (const { files } of await database.stores.bootTickets.ofNode(uuid))
            this.#bootFiles.add(JSON.stringify(files));
          const answer = await fetch(`${api}/v1/nodes/${uuid}`, { headers: VERSION });
          this.heard(await answer.text());
        }
      } catch {
        // The service is being restarted, or the database is locked for a moment.
      }
    }
  }

  /** @throws AssertionError naming secret and place */
  async search(): Promise<void> {
    const { state, api, events, pid } = this.#places;
    for (const path of ["/v1/nodes?detail=true", "/v1/volume/targets?detail=true", "/v1/deploy_templates?detail=true"])
      this.heard(await (await fetch(api + path, { headers: VERSION })).text());
    assert.ok(this.#tokens > 0 && events.length > 10, "there was a token, and something was told");
    assert.ok(this.#bootFiles.size > 0, "there were boot files");
    this.#watch.check("a boot file", [...this.#bootFiles].join("\n"));
    this.#watch.check("an answer", this.#answers.join("\n"));
    this.#watch.check("an event", JSON.stringify(events));
    this.#watch.check("ferric's log", readFileSync(join(state, "ferric.log"), "utf8"));
    const names = this.#watch.checkFilesBelow(join(state, "ferric"));
    assert.ok(names.has("ferric.sqlite"), [...names].join());
    const seen = this.#watch.processes.some((line) => line.includes("ipmitool"));
    assert.equal(seen, this.#byTool, "ipmitool runs where it is asked for, and nowhere else");
    this.#watch.check("a process's arguments or environment", this.#watch.processes.join("\n"));
    for (const what of ["cmdline", "environ"])
      this.#watch.check(`ferric's own ${what}`, readFileSync(`/proc/${pid()}/${what}`, "utf8"));
    this.#searchReports();
    console.log(
      `  no secret of ${this.#tokens + 6} shows in ${this.#answers.length} answers, ${events.length} events, ${this.#bootFiles.size} sets of boot files, ${names.size} files, ${this.#watch.processes.length} processes`,
    );
  }

  /** What an operator would send to somebody for help. */
  #searchReports(): void {
    const { state, conf } = this.#places;
    const backup = join(state, "backup.gz");
    rmSync(backup, { force: true });
    for (const args of [
      ["doctor", "--json"],
      ["config", "show", "--all"],
      ["db", "backup", backup],
    ])
      this.#watch.check(`what ferric ${args.join(" ")} says`, ferric([...args, "--config-file", conf]));
    this.#watch.check("the backup", gunzipSync(readFileSync(backup)).toString("utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    this.#watch[Symbol.dispose]();
  }
}

const VERSION = { "X-OpenStack-Ironic-API-Version": "1.115" };

/** What it prints, whatever it finds. */
function ferric(args: readonly string[]): string {
  const command = ["--import", "tsx", "tools/ferric.mjs", ...args];
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", timeout: 120_000 });
  return stdout + stderr;
}

/** Whether the BMC takes the password from now on. */
function plantBmcPassword(address: string): boolean {
  const login = ["-I", "lanplus", "-C", "3", "-H", address, "-U", "admin", "-P", "secret"];
  const command = [...login, "user", "set", "password", "2", BMC_PASSWORD, "16"];
  const { status, stderr } = spawnSync("ipmitool", command, { encoding: "utf8", timeout: 20_000 });
  if (status !== 0) console.log(`  the BMC keeps its password: ${stderr.trim()}`);
  return status === 0;
}
