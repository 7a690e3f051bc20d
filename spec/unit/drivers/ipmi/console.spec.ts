/** Serial consoles on a TCP port, over the native client and over ipmitool with socat: the same machine's line. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsoleInterface } from "../../../../drivers/base/interfaces.ts";
import type { DriverServices } from "../../../../drivers/base/services.ts";
import native from "../../../../drivers/ipmi/console/native-console.ts";
import socat from "../../../../drivers/ipmi/console/socat-console.ts";
import { type TestTask, testServices } from "../../../support/driver-task.ts";
import { hasIpmiSim, IpmiSim } from "../../../support/ipmi-sim.ts";
import { failure, taskFor } from "./ipmitool-bench.ts";

/** The machine's serial port: it greets, and says back what it hears. */
class SerialMachine {
  readonly heard: string[] = [];
  readonly server: Server;
  #port: Socket | null = null;

  constructor() {
    this.server = createServer((socket) => {
      this.#port = socket;
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        this.heard.push(bytes.toString());
        socket.write(`<${bytes}>`);
      });
    });
  }

  print(text: string): void {
    this.#port?.write(text);
  }
}

for (const [name, entry] of [
  ["ipmi-sol-native", native],
  ["ipmitool-socat", socat],
] as const)
  describe(`console interface ${name}`, () => {
    let machine: SerialMachine;
    let bmc: IpmiSim;
    let folder: string;
    let ends: (() => Promise<void>)[];
    let made: ConsoleInterface;
    let task: TestTask;

    const services = (range?: string): DriverServices => ({
      ...testServices(
        {
          DEFAULT: { state_path: folder },
          ipmi: { command_retry_timeout: 5, min_command_interval: 1 },
          console: { port_range: range ?? null },
        },
        { realTime: true },
      ),
      onStop: (work) => void ends.push(work),
    });

    before(function () {
      if (!hasIpmiSim() || spawnSync("which", ["socat"]).status !== 0) this.skip();
    });
    beforeEach(async () => {
      ends = [];
      folder = mkdtempSync(join(tmpdir(), "ferric-console-"));
      machine = new SerialMachine();
      machine.server.listen(0, "127.0.0.1");
      await once(machine.server, "listening");
      bmc = await IpmiSim.start({ serial: portOf(machine.server) });
      made = entry.make(services());
      task = taskFor(bmc.port, { ipmi_cipher_suite: "3", ipmi_terminal_port: await freePort() });
    });
    afterEach(async () => {
      for (const end of ends) await end();
      await bmc?.stop();
      machine?.server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("carries characters both ways, and closes with stop", async () => {
      await made.start(task);
      const info = await made.get(task);
      const port = Number(task.node.driver_info.ipmi_terminal_port);
      assert.deepEqual(info, { type: "socat", url: `tcp://127.0.0.1:${port}` });
      const viewer = await Viewer.connect(port);
      await viewer.until(() => viewer.types("login\r"), /<login\r>/);
      await viewer.until(() => machine.print("password: "), /password: /);
      assert.match(machine.heard.join(""), /login\r/);
      viewer.end();
      await made.stop(task);
      await assert.rejects(Viewer.connect(port), /ECONNREFUSED/);
    }).timeout(30_000);

    it("starts anew where it was on, and ends with the conductor", async () => {
      await made.start(task);
      await made.start(task);
      const port = Number(task.node.driver_info.ipmi_terminal_port);
      (await Viewer.connect(port)).end();
      for (const end of ends.splice(0)) await end();
      await new Promise((done) => setTimeout(done, 200));
      await assert.rejects(Viewer.connect(port), /ECONNREFUSED/);
    }).timeout(30_000);

    it("takes a free port of the range where the node names none", async () => {
      const first = await freePort();
      const ranged = entry.make(services(`${first}:${first + 3}`));
      const { ipmi_terminal_port: _, ...info } = task.node.driver_info;
      const node = taskFor(bmc.port, info);
      await ranged.start(node);
      const port = Number(node.node.driver_internal_info.allocated_ipmi_terminal_port);
      assert.ok(port >= first && port <= first + 3);
      assert.deepEqual(await ranged.get(node), { type: "socat", url: `tcp://127.0.0.1:${port}` });
      assert.match((await failure(made.validate(node))).message, /ipmi_terminal_port is missing; .*port_range/);
    }).timeout(30_000);
  });

describe("native console", () => {
  it("tells a viewer that another conductor took the line", async function () {
    if (!hasIpmiSim()) this.skip();
    const ends: (() => Promise<void>)[] = [];
    const machine = new SerialMachine();
    machine.server.listen(0, "127.0.0.1");
    await once(machine.server, "listening");
    const bmc = await IpmiSim.start({ serial: portOf(machine.server) });
    const make = () =>
      native.make({
        ...testServices({}, { realTime: true }),
        onStop: (work: () => Promise<void>) => void ends.push(work),
      });
    try {
      const tasks = await Promise.all(
        [1, 2].map(async () => taskFor(bmc.port, { ipmi_cipher_suite: "3", ipmi_terminal_port: await freePort() })),
      );
      const [first, second] = tasks;
      assert.ok(first && second);
      await make().start(first);
      const viewer = await Viewer.connect(Number(first.node.driver_info.ipmi_terminal_port));
      await viewer.until(() => viewer.types("x"), /<x>/);
      await make().start(second);
      // ipmi_sim tells the first session nothing; that nobody takes what is typed does.
      await viewer.until(() => viewer.types("y"), /\[ferric: the serial line has ended: .*\]/);
    } finally {
      for (const end of ends) await end();
      await bmc.stop();
      machine.server.close();
    }
  }).timeout(30_000);
});

class Viewer {
  #seen = "";
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#seen += text;
    });
    socket.on("error", () => {});
  }

  static async connect(port: number): Promise<Viewer> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Viewer(socket);
  }

  types(text: string): void {
    this.#socket.write(text);
  }

  /** Does `again` every second until it has seen `expected`: a line may take a moment to be there. */
  async until(again: () => void, expected: RegExp): Promise<void> {
    for (let tries = 0; tries < 80; tries++) {
      if (tries % 10 === 0) again();
      await new Promise((done) => setTimeout(done, 100));
      if (expected.test(this.#seen)) return;
    }
    assert.fail(`${expected} was not seen in ${JSON.stringify(this.#seen)}`);
  }

  end(): void {
    this.#socket.destroy();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  return port;
}
