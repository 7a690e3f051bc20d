/**
 * A deploy of a simulated server in the stages of a real one, told by the events that real parts would send. It runs
 * when the script gives `deploy.deploy` a total time (`seconds`), and powers the simulated server on.
 */
import type { EventBody } from "../../common/events.ts";
import type { Task } from "../base/task.ts";
import type { FakeScript } from "./script.ts";

interface Stage {
  readonly name: string;
  /** Share of the total time, in hundredths, before the stage's events are told. */
  readonly share: number;
  readonly events: (task: Task, mac: string | null) => readonly EventBody[];
}

const DEFAULT_BYTES = 2 * 1024 ** 3;
const TICKS = 50;
const WRITE = "write image";

const packet = (mac: string | null, what: string): EventBody => ({
  type: "boot.packet",
  protocol: "dhcp",
  what,
  mac,
  address: null,
});
const fetched = (file: string, bytes: number): EventBody => ({
  type: "boot.fetched",
  protocol: "http",
  file,
  bytes,
  seconds: 0,
  address: null,
});
const done = (action: string): EventBody => ({ type: "action", action, status: "done" });

const STAGES: readonly Stage[] = [
  { name: "power on", share: 5, events: () => [done("power on")] },
  { name: "DHCP", share: 10, events: (_, mac) => [packet(mac, "DISCOVER"), packet(mac, "REQUEST")] },
  { name: "fetch kernel", share: 10, events: () => [fetched("kernel", 8_388_608), fetched("ramdisk", 73_400_320)] },
  {
    name: "agent heartbeat",
    share: 15,
    events: (task) => [
      { type: "agent.lookup", address: null },
      { type: "agent.heartbeat", callback_url: `fake://${task.node.uuid}`, first: true },
    ],
  },
  { name: WRITE, share: 45, events: () => [done(WRITE)] },
  { name: "config drive", share: 5, events: () => [done("write config drive")] },
  { name: "boot", share: 10, events: () => [done("boot instance")] },
];

/** Does nothing unless the script names a total time. @throws when the task's signal aborts */
export async function runStages(task: Task, script: FakeScript): Promise<void> {
  const { seconds, bytes = DEFAULT_BYTES } = script.playOf(task, "deploy");
  if (seconds === undefined) return;
  const mac = (await task.ports())[0]?.address ?? null;
  task.tell({ type: "action", action: "power on", status: "sent" });
  for (const stage of STAGES) {
    const time = (seconds * stage.share) / 100;
    if (stage.name === WRITE) await write(task, script, time, bytes);
    else await script.pause(task, time);
    for (const event of stage.events(task, mac)) task.tell(event);
    if (stage.name === "power on") await powerOn(task);
  }
}

async function powerOn(task: Task): Promise<void> {
  const from = task.node.power_state;
  await task.save({ power_state: "power on" });
  task.tell({ type: "node.power", from, to: "power on", requested: null });
}

async function write(task: Task, script: FakeScript, seconds: number, bytes: number): Promise<void> {
  for (let tick = 0; tick <= TICKS; tick++) {
    const written = Math.round((bytes * tick) / TICKS);
    task.tell({ type: "progress", stage: WRITE, done: written, total: bytes, unit: "bytes" });
    if (tick < TICKS) await script.pause(task, seconds / TICKS);
  }
}
