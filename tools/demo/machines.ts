/** The virtual servers behind the demonstration's nodes, and what a node must say to be one of them. */
import type { Json } from "../../common/json.ts";
import { BUILT_IN } from "../../drivers/registry.ts";
import { ImageServer } from "../simulator/image-server.ts";
import { nodeValues } from "../simulator/nodes-file.ts";
import { Simulator } from "../simulator/simulator.ts";

const IMAGE_BYTES = 64 * 1024 * 1024;
const LOGIN = { username: "admin", password: "simulated" };
const BEAT_MS = 5000;
const SHUTDOWN_MS = 300;
const AGENT = { workMs: 400, lookupMs: 120_000, beatMs: BEAT_MS };
/** Every third server is driven over Redfish. */
const REDFISH_EACH = 3;
/** Of those driven over IPMI: without ipmitool and socat, which need not be there. */
const NATIVE = {
  power_interface: "ipmi-native",
  management_interface: "ipmi-native",
  console_interface: "ipmi-sol-native",
};

export interface DemoMachines {
  readonly simulator: Simulator;
  /** Properties of the node with this number (from 1). */
  values(number: number): { readonly driver: string; readonly [key: string]: Json };
  macOf(number: number): string;
  stop(): Promise<void>;
}

export interface DemoShape {
  readonly machines: number;
  /** How long the stages of a deploy take together, more or less. */
  readonly seconds: number;
  readonly apiUrl: string;
  readonly tftpPort: number;
  /** Of an earlier start, which the nodes know; null: any that are free. */
  readonly firstPort: number | null;
}

/** Controllers are on so many ports from the first one on, over UDP and TCP; the image server is behind them. */
const IMAGES_BEHIND = 150;
const TRIES = 5;

/** @throws Error when the ports of the earlier start are taken */
export async function startMachines(shape: DemoShape): Promise<DemoMachines> {
  for (let tries = 1; ; tries++) {
    // Below those that the system hands out by itself.
    const firstPort = shape.firstPort ?? 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return await startAt(firstPort, shape);
    } catch (error) {
      if (shape.firstPort !== null || tries >= TRIES) throw error;
    }
  }
}

async function startAt(firstPort: number, shape: DemoShape): Promise<DemoMachines> {
  const { machines, seconds, apiUrl, tftpPort } = shape;
  const images = await ImageServer.start(IMAGE_BYTES, firstPort + IMAGES_BEHIND);
  const firmwareMs = Math.min(1500, seconds * 150);
  const settings = {
    ...AGENT,
    startMs: firmwareMs / 2,
    apiUrl,
    tftp: { host: "127.0.0.1", port: tftpPort },
    writeMs: seconds * 500,
  };
  const simulator = await Simulator.start({
    machines,
    ipmiPort: firstPort,
    redfishPort: firstPort,
    world: { logins: [LOGIN], timing: { firmwareMs, shutdownMs: SHUTDOWN_MS } },
    agents: { settings, isEncrypted: true },
  });
  const stop = async () => {
    await simulator.stop();
    await images.stop();
  };
  return {
    simulator,
    stop,
    values: (number) => valuesOf(number, simulator, images),
    macOf: (number) => macOf(simulator, number),
  };
}

function macOf(simulator: Simulator, number: number): string {
  return simulator.places[number - 1]?.machine.identity.macs[0] ?? "";
}

function valuesOf(number: number, simulator: Simulator, images: ImageServer): ReturnType<DemoMachines["values"]> {
  const place = simulator.places[number - 1];
  if (place === undefined) throw new Error(`there is no virtual server ${number}`);
  const isRedfish = number % REDFISH_EACH === 0 && BUILT_IN.interfacesOf("power").includes("redfish");
  const driver = isRedfish ? "redfish" : "ipmi";
  const { driver_info, ...values } = nodeValues(place, simulator.scheme, LOGIN, driver) as {
    driver_info: Json;
    [key: string]: Json;
  };
  const kernels = { deploy_kernel: `${images.url}/kernel`, deploy_ramdisk: `${images.url}/initramfs` };
  return {
    ...values,
    driver,
    boot_interface: "pxe",
    deploy_interface: "direct",
    // No container would show the screen of a simulated Redfish controller.
    ...(isRedfish ? { console_interface: "no-console" } : NATIVE),
    driver_info: { ...(driver_info as object), ...kernels },
    instance_info: {
      image_source: `${images.url}/disk.raw`,
      image_os_hash_algo: "sha256",
      image_os_hash_value: images.sha256,
    },
  };
}
