/** sushy-tools' Redfish emulator: HTTPS and a login, on a loopback port. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JsonObject } from "../../common/json.ts";
import { freePort } from "./loopback.ts";
import { redfishPrograms } from "./redfish-programs.ts";
import { folderFor, ServerProcess, tlsFiles } from "./server-process.ts";

const run = promisify(execFile);
const SYSTEM = "27946b59-9e44-4fa7-8e91-f3527a1ef094";
/** bcrypt of the password below, as htpasswd writes it. */
const PASSWORD = "planted-bmc-password";

export class SushyEmulator implements AsyncDisposable {
  readonly url: string;
  /** The certificate that it is known by. */
  readonly ca: string;
  readonly #server: ServerProcess;

  private constructor(url: string, ca: string, server: ServerProcess) {
    this.url = url;
    this.ca = ca;
    this.#server = server;
  }

  static async start(): Promise<SushyEmulator> {
    const python = (await redfishPrograms()).python;
    const folder = folderFor("sushy", null, false);
    const port = await freePort();
    const { cert, key } = tlsFiles(folder, null, "127.0.0.1");
    const config = join(folder, "emulator.conf");
    const accounts = join(folder, "accounts");
    const hash = await run(python, ["-c", HASH, PASSWORD]);
    writeFileSync(accounts, `admin:${hash.stdout.trim()}\n`);
    writeFileSync(config, configuration(folder, accounts));
    const script = join(import.meta.dirname, "sushy-emulator.py");
    const server = new ServerProcess(folder, python, ["-W", "ignore", script, config, String(port), cert, key], null);
    const url = `https://127.0.0.1:${port}`;
    try {
      await server.start(() => answers(url));
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return new SushyEmulator(url, cert, server);
  }

  get driverInfo(): JsonObject {
    return {
      redfish_address: this.url,
      redfish_username: "admin",
      redfish_password: PASSWORD,
      redfish_verify_ca: this.ca,
      redfish_system_id: `/redfish/v1/Systems/${SYSTEM}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

const HASH = "import bcrypt,sys;print(bcrypt.hashpw(sys.argv[1].encode(),bcrypt.gensalt(4)).decode())";

function configuration(state: string, accounts: string): string {
  const gib = 1024 ** 3;
  const drive = (id: string) => ({
    Id: id,
    Name: `Drive ${id}`,
    CapacityBytes: 100 * gib,
    Protocol: "SAS",
    MediaType: "SSD",
  });
  const drives = { [JSON.stringify([SYSTEM, "1"])]: ["d1", "d2", "d3"].map(drive) };
  const storage = [{ Id: "1", Name: "Controller 1", StorageControllers: [], Drives: ["d1", "d2", "d3"] }];
  return [
    `SUSHY_EMULATOR_STATE_DIR = ${JSON.stringify(state)}`,
    `SUSHY_EMULATOR_AUTH_FILE = ${JSON.stringify(accounts)}`,
    `SUSHY_EMULATOR_STORAGE = {"${SYSTEM}": ${JSON.stringify(storage)}}`,
    `SUSHY_EMULATOR_DRIVES = {("${SYSTEM}", "1"): ${JSON.stringify(Object.values(drives)[0])}}`,
    `SUSHY_EMULATOR_VOLUMES = {("${SYSTEM}", "1"): []}`,
    "",
  ].join("\n");
}

function answers(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/redfish/v1/`, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve();
    });
    asked.on("error", reject);
    asked.end();
  });
}
