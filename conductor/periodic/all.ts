/** All periodic work of a conductor, with its interval. */
import type { Core } from "../core.ts";
import { allocationPass } from "../flows/allocate.ts";
import { BootRetries } from "./boot-retries.ts";
import { consolePass } from "./consoles.ts";
import { HARDWARE_CHECK_SECONDS, hardwarePass } from "./hardware-waits.ts";
import { Listening } from "./listening.ts";
import { Polls } from "./polls.ts";
import { PowerSync } from "./power-sync.ts";
import { recoverPass } from "./recovery.ts";
import type { Periodic } from "./scheduler.ts";
import { SensorData, type TellReadings } from "./sensor-data.ts";
import { SilentAgents } from "./silent-agents.ts";
import { StrayLocks } from "./stray-locks.ts";
import { takeoverPass } from "./takeover.ts";
import { timeoutPass } from "./timeouts.ts";

const STALE_CHECK_SECONDS = 3600;

export function periodicsOf(core: Core, tellReadings: TellReadings = () => {}): readonly Periodic[] {
  const { conductor, pxe, sensor_data, vnc } = core.config;
  const polls = new Polls(core);
  const sensors = new SensorData(core, polls, tellReadings);
  const retriesEvery = pxe.boot_retry_timeout === 0 ? 0 : pxe.boot_retry_check_interval;
  const staleEvery = conductor.stale_conductor_timeout === 0 ? 0 : STALE_CHECK_SECONDS;
  const power = new PowerSync(core, polls);
  const listening = new Listening(core);
  const silence = new SilentAgents(core, listening);
  const retries = new BootRetries(core, listening);
  const strays = new StrayLocks(core);
  const recover = async () => {
    const more = await strays.pass();
    await recoverPass(core);
    return more ? "soon" : undefined;
  };
  const endWaits = async () => {
    listening.noticePass();
    await timeoutPass(core, listening);
    await silence.pass();
  };
  return [
    { name: "recovery", every: conductor.recovery_interval, pass: unlessHeldBack(core, recover) },
    { name: "allocations", every: conductor.recovery_interval, pass: () => allocationPass(core) },
    { name: "timeouts", every: conductor.check_provision_state_interval, pass: unlessHeldBack(core, endWaits) },
    { name: "hardware steps", every: HARDWARE_CHECK_SECONDS, pass: unlessHeldBack(core, () => hardwarePass(core)) },
    { name: "boot retries", every: retriesEvery, pass: unlessHeldBack(core, () => retries.pass()) },
    {
      name: "power sync",
      every: conductor.sync_power_state_interval,
      isSteady: true,
      pass: (stop: AbortSignal) => power.pass(stop),
    },
    {
      name: "power recovery",
      every: conductor.power_failure_recovery_interval,
      pass: (stop: AbortSignal) => power.recoverPass(stop),
    },
    {
      name: "sensor data",
      every: sensor_data.send_sensor_data ? sensor_data.interval : 0,
      isSteady: true,
      pass: (stop: AbortSignal) => sensors.pass(stop),
    },
    { name: "takeover", every: conductor.recovery_interval, pass: unlessHeldBack(core, () => takeoverPass(core)) },
    {
      name: "consoles",
      every: vnc.expire_console_session_interval,
      pass: unlessHeldBack(core, () => consolePass(core)),
    },
    { name: "stale conductors", every: staleEvery, pass: () => removeStale(core) },
    { name: "history", every: conductor.node_history_cleanup_interval, pass: () => purgeHistory(core) },
  ];
}

/** Work that fails nodes or acts on machines rests after a restore; it would judge by records that may be long overtaken. */
export function unlessHeldBack<T>(core: Core, pass: () => Promise<T>): () => Promise<T | undefined> {
  return async () => ((await core.gate.isOpen()) ? await pass() : undefined);
}

/** Conductors that are gone for good, e.g. renamed ones, are forgotten; a node's lock keeps its holder's row. */
async function removeStale(core: Core): Promise<void> {
  const removed = await core.stores.conductors.removeStale(core.config.conductor.stale_conductor_timeout);
  for (const host of removed) core.log.warn({ host }, "a conductor that has been gone for long was removed");
}

async function purgeHistory({ stores, config, log }: Core): Promise<void> {
  const entries = await stores.history.purge(config.conductor.node_history_cleanup_batch_count);
  if (entries > 0) log.info({ entries }, "old history was purged");
}
