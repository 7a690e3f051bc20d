/** Before the agent speaks: lets slow hardware settle, waits for disks, sets the clock. */
import { reasonText } from "./errors.ts";
import type { Hardware } from "./hardware-managers/hardware.ts";
import type { Journal } from "./journal.ts";
import type { AgentParameters } from "./parameters.ts";
import type { Pause } from "./pause.ts";
import { chooseRootDisk, describe, hintsOf } from "./root-device.ts";
import { runProgram } from "./run-program.ts";

const NTP_LIMIT_MS = 30_000;

export async function prepareMachine(
  hardware: Hardware,
  parameters: AgentParameters,
  options: { journal: Journal; pause: Pause; signal?: AbortSignal },
): Promise<void> {
  const { journal, pause, signal } = options;
  if (parameters.hardwareDelay > 0) {
    journal.info(`waiting ${parameters.hardwareDelay} s for the hardware (ipa-hardware-initialization-delay)`);
    await pause(parameters.hardwareDelay * 1000, signal);
  }
  if (parameters.ntpServer !== null) await setClock(parameters.ntpServer, journal);
  await waitForDisks(hardware, parameters, options);
}

/** A machine whose disks never come is served all the same: it may be there to be inspected. */
async function waitForDisks(
  hardware: Hardware,
  parameters: AgentParameters,
  { journal, pause, signal }: { journal: Journal; pause: Pause; signal?: AbortSignal },
): Promise<void> {
  for (let attempt = 1; attempt <= parameters.diskWaitAttempts; attempt += 1) {
    const disks = await hardware.method("listDisks")();
    try {
      if (parameters.rootDevice !== null) chooseRootDisk(disks, hintsOf({}, parameters.rootDevice));
      if (disks.length === 0) throw new Error("no disk is seen");
      journal.info(`disks: ${describe(disks)}`);
      return;
    } catch (error) {
      if (attempt === parameters.diskWaitAttempts) journal.info(`going on without a disk: ${reasonText(error)}`);
      else await pause(parameters.diskWaitDelay * 1000, signal);
    }
  }
}

async function setClock(server: string, journal: Journal): Promise<void> {
  if (!/^[A-Za-z0-9:][A-Za-z0-9.:-]*$/.test(server)) {
    journal.info(`ipa-ntp-server ${server} is no host name or address and is not used`);
    return;
  }
  try {
    await runProgram("busybox", ["ntpd", "-n", "-q", "-p", server], { timeout: NTP_LIMIT_MS });
  } catch (error) {
    journal.info(`the clock could not be set: ${reasonText(error)}`);
  }
}
