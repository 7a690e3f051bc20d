/**
 * A server in QEMU behind a real IPMI BMC (ipmi_sim): the BMC starts and ends QEMU, has its serial line, and is reached by
 * the machine itself over QEMU's KCS interface (ipmi-bmc-extern). On loopback, without a namespace.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { wholeMachine } from "./ipmi-machine.ts";
import { freeUdpPort, IpmiSim } from "./ipmi-sim.ts";
import type { Ramdisk } from "./ramdisk.ts";

const PROGRAM = join(import.meta.dirname, "qemu-chassis.sh");
const END_MS = 15_000;
/** The BMC's network as it says it is: nothing here listens there. */
const LAN = {
  ip_addr: "10.77.1.11",
  ip_addr_src: "static",
  mac_addr: "02:00:00:77:ff:01",
  subnet_mask: "255.255.255.0",
  default_gw_ip_addr: "10.77.1.1",
  default_gw_mac_addr: "00:00:00:00:00:00",
  backup_gw_ip_addr: "0.0.0.0",
  backup_gw_mac_addr: "00:00:00:00:00:00",
};

interface Ports {
  readonly ipmi: number;
  readonly kcs: number;
  readonly serial: number;
}

export class QemuServer {
  #bmc: IpmiSim;
  readonly #folder: string;
  readonly #ports: Ports;

  private constructor(folder: string, ports: Ports, bmc: IpmiSim) {
    this.#folder = folder;
    this.#ports = ports;
    this.#bmc = bmc;
  }

  /** Switched off; it will start what is given. Users are those of `IpmiSim`. */
  static async start({ kernel, initramfs }: Ramdisk): Promise<QemuServer> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-qemu-bmc-"));
    const ports = { ipmi: await freeUdpPort(), kcs: await freeTcpPort(), serial: await freeTcpPort() };
    const args = [
      ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024"],
      ...["-display", "none", "-vga", "none", "-nic", "none", "-no-user-config"],
      ...[
        "-chardev",
        `socket,id=line,host=127.0.0.1,port=${ports.serial},server=on,wait=off`,
        "-serial",
        "chardev:line",
      ],
      ...["-chardev", `socket,id=kcs,host=127.0.0.1,port=${ports.kcs},reconnect=1`],
      ...["-device", "ipmi-bmc-extern,id=bmc,chardev=kcs", "-device", "isa-ipmi-kcs,bmc=bmc,irq=5"],
      ...["-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0,115200"],
    ];
    writeFileSync(join(folder, "qemu"), args.map((one) => `${one}\n`).join(""));
    writeFileSync(join(folder, "log"), "");
    writeFileSync(join(folder, "set.boot"), "default\n");
    for (const [name, value] of Object.entries(LAN)) writeFileSync(join(folder, `set.${name}`), `${value}\n`);
    return new QemuServer(folder, ports, await bmcOf(folder, ports));
  }

  /** UDP port of the BMC. */
  get port(): number {
    return this.#ports.ipmi;
  }

  /** What the machine was told by its BMC, in order, such as "power 1". */
  get told(): readonly string[] {
    return readFileSync(join(this.#folder, "log"), "utf8").trim().split("\n");
  }

  /** Process of QEMU; null when the machine is off. */
  get pid(): number | null {
    const file = join(this.#folder, "pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : null;
  }

  /** The BMC is gone; the machine goes on. */
  async killBmc(): Promise<void> {
    await this.#bmc.stop();
  }

  /** A BMC that has forgotten all, on the same port. */
  async startBmc(): Promise<void> {
    this.#bmc = await bmcOf(this.#folder, this.#ports);
  }

  async stop(): Promise<void> {
    await this.#bmc.stop().catch(() => {});
    const { pid } = this;
    if (pid !== null) {
      process.kill(pid, "SIGTERM");
      for (const limit = Date.now() + END_MS; this.pid !== null && Date.now() < limit; ) await pause(100);
      if (this.pid !== null) process.kill(pid, "SIGKILL");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Why no such server can be started here, or null. */
export function qemuServerMissing(): string | null {
  const absent = ["qemu-system-x86_64", "ipmi_sim", "ipmitool"].filter(
    (name) => spawnSync("which", [name]).status !== 0,
  );
  return absent.length === 0 ? null : `programs are missing: ${absent.join(", ")}`;
}

async function bmcOf(folder: string, { ipmi, kcs, serial }: Ports): Promise<IpmiSim> {
  const program = `${PROGRAM} ${folder}`;
  return await IpmiSim.start({ port: ipmi, kcs, serial, chassis: program, lan: program, machine: wholeMachine() });
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
