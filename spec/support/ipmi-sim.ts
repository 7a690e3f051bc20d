/** A real BMC for tests: OpenIPMI's ipmi_sim on a loopback port, its machine a folder of files. */
import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "./server-process.ts";

const CHASSIS = join(import.meta.dirname, "bmc-chassis.sh");
const MC = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
mc_enable 0x20
`;

/** Whether this machine has what these tests need; they are left out elsewhere. */
export const hasIpmiSim = (): boolean =>
  ["ipmi_sim", "ipmitool"].every((program) => spawnSync("which", [program]).status === 0);

export interface IpmiSimOptions {
  /** Kg key, as ASCII. */
  readonly kgKey?: string;
  /** TCP port on loopback where its machine's serial port is. */
  readonly serial?: number;
  /** TCP port on loopback for the machine's own way to its BMC (QEMU's ipmi-bmc-extern). */
  readonly kcs?: number;
  /** Program that switches the machine, in place of one that notes it in files: what stands before "get" and "set". */
  readonly chassis?: string;
  /** Program that has the network settings, likewise; without it they are refused. */
  readonly lan?: string;
  /** UDP port; a free one when absent. */
  readonly port?: number;
  /** Lines for its machine (ipmi_sim_cmd(5)): sensors, records, further controllers. */
  readonly machine?: readonly string[];
}

/** Users: admin/secretpass (administrator), reader/readerpass (user). It takes cipher suite 3 and refuses 17. */
export class IpmiSim {
  readonly port: number;
  readonly #server: ServerProcess;

  private constructor(port: number, server: ServerProcess) {
    this.port = port;
    this.#server = server;
  }

  static async start(options: IpmiSimOptions = {}): Promise<IpmiSim> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-bmc-"));
    const port = options.port ?? (await freeUdpPort());
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "power"), "0\n");
    writeFileSync(join(folder, "boot"), "none\n");
    writeFileSync(join(folder, "log"), "");
    writeFileSync(join(folder, "lan.conf"), lanConf(folder, port, options));
    writeFileSync(join(folder, "bmc.emu"), `${MC}${(options.machine ?? []).map((line) => `${line}\n`).join("")}`);
    const args = ["-c", join(folder, "lan.conf"), "-f", join(folder, "bmc.emu"), "-s", join(folder, "state"), "-n"];
    const server = new ServerProcess(folder, "ipmi_sim", args, null);
    await server.start(() => ping(port));
    return new IpmiSim(port, server);
  }

  /** "1" or "0". */
  get power(): string {
    return readFileSync(join(this.#server.folder, "power"), "utf8").trim();
  }

  get bootDevice(): string {
    return readFileSync(join(this.#server.folder, "boot"), "utf8").trim();
  }

  /** What the machine was told, in order, such as "power 1". */
  get told(): readonly string[] {
    return readFileSync(join(this.#server.folder, "log"), "utf8").trim().split("\n");
  }

  setPower(value: "0" | "1"): void {
    writeFileSync(join(this.#server.folder, "power"), `${value}\n`);
  }

  /** The machine ignores the power button (`deaf`), or every change of power (`stuck`). */
  make(trouble: "deaf" | "stuck"): void {
    writeFileSync(join(this.#server.folder, trouble), "");
  }

  kill(): Promise<void> {
    return this.#server.end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

/** A port where nobody answers: the socket takes packets and stays silent. */
export async function silentBmc(): Promise<{ port: number; packets: () => number; close: () => void }> {
  const socket = await bound();
  let packets = 0;
  socket.on("message", () => packets++);
  return { port: socket.address().port, packets: () => packets, close: () => socket.close() };
}

function lanConf(folder: string, port: number, options: IpmiSimOptions): string {
  const levels = ["callback", "user", "operator", "admin"];
  return `name "sim"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
    guid a123456789abcdefa123456789abcdef
${levels.map((level) => `    allowed_auths_${level} none md2 md5 straight`).join("\n")}
${options.kgKey === undefined ? "" : `    bmc_key "${options.kgKey}"`}
${options.lan === undefined ? "" : `    lan_config_program "${options.lan}"`}
  endlan
  chassis_control "${options.chassis ?? `${CHASSIS} ${folder}`}"
${options.kcs === undefined ? "" : `  serial 15 127.0.0.1 ${options.kcs} codec VM`}
${options.serial === undefined ? "" : `  sol "tcp:127.0.0.1:${options.serial}" 115200`}
  user 2 true "admin" "secretpass" admin 10 none md2 md5 straight
  user 3 true "reader" "readerpass" user 10 none md2 md5 straight
`;
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

export async function freeUdpPort(): Promise<number> {
  const socket = await bound();
  const { port } = socket.address();
  socket.close();
  return port;
}

/** An RMCP presence ping (IPMI 2.0, 13.2.3). @throws when no pong comes within 100 ms */
async function ping(port: number): Promise<void> {
  const socket = await bound();
  const packet = Buffer.from([0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x00, 0x00, 0x00]);
  socket.on("error", () => {});
  socket.send(packet, port, "127.0.0.1");
  try {
    await once(socket, "message", { signal: AbortSignal.timeout(100) });
  } finally {
    socket.close();
  }
}
