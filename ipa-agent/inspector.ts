/** Inspection: collects what the machine is and posts it; the answer serves as lookup (contract/agent-api.json, inspection). */
import type { Json, JsonObject } from "../common/json.ts";
import { reasonText } from "./errors.ts";
import type { Hardware } from "./hardware-managers/hardware.ts";
import { collectInventory } from "./inventory/inventory.ts";
import type { Journal } from "./journal.ts";
import { logBundle } from "./logs/log-bundle.ts";
import type { AgentParameters } from "./parameters.ts";
import type { Pause } from "./pause.ts";
import { chooseRootDisk, hintsOf } from "./root-device.ts";
import type { ServiceClient } from "./service-client.ts";

export interface InspectionOptions {
  readonly hardware: Hardware;
  readonly parameters: AgentParameters;
  readonly client: ServiceClient;
  readonly journal: Journal;
  readonly pause: Pause;
  readonly signal?: AbortSignal;
}

type Collector = (data: Record<string, Json>, options: InspectionOptions) => Promise<void>;

const COLLECTORS: Readonly<Record<string, Collector>> = {
  default: async (data, { hardware, parameters }) => {
    data.inventory = await collectInventory(hardware, parameters, { askBmc: true });
    data.root_disk = await rootDisk(hardware, parameters);
    data.boot_interface = parameters.bootMac;
    const managers = hardware.managers.map(({ name, version }) => ({ name, version }));
    data.configuration = { collectors: [...collectorsOf(parameters)], managers };
  },
  logs: async (data, { hardware, journal }) => {
    data.logs = await logBundle(hardware, journal);
  },
  "pci-devices": async (data, { hardware }) => {
    data.pci_devices = await hardware.method("pciDevices")();
  },
};
const TRIES = 5;
const PAUSES_MS = [5000, 10_000, 20_000, 30_000];

/** Inspection was asked for: by a URL to post to, or by naming collectors. */
export function inspectionWanted(parameters: AgentParameters): boolean {
  return parameters.inspectionUrl !== null || parameters.inspectionCollectors !== null;
}

function collectorsOf(parameters: AgentParameters): readonly string[] {
  return parameters.inspectionCollectors ?? ["default", "logs"];
}

/** The answer of the service. Throws when five tries failed. Problems of single collectors are told in `error`. */
export async function inspect(options: InspectionOptions): Promise<JsonObject> {
  const { parameters, journal } = options;
  const data: Record<string, Json> = {};
  const problems: string[] = [];
  for (const name of collectorsOf(parameters)) {
    const collector = Object.hasOwn(COLLECTORS, name) ? COLLECTORS[name] : undefined;
    if (collector === undefined) {
      journal.info(`inspection: collector ${name} is not known, known: ${Object.keys(COLLECTORS).join(", ")}`);
      continue;
    }
    journal.info(`inspection: collecting ${name}`);
    await collector(data, options).catch((error: unknown) => problems.push(`collector ${name}: ${reasonText(error)}`));
  }
  data.error = problems.length === 0 ? null : problems.join("; ");
  return post(data, options);
}

async function post(data: JsonObject, options: InspectionOptions): Promise<JsonObject> {
  const { parameters, journal, pause, client } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      journal.info("inspection: posting the data");
      return await client.inspection(parameters.inspectionUrl, data, options.signal);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (attempt + 1 >= TRIES)
        throw new Error(`inspection data could not be posted in ${TRIES} tries: ${reasonText(error)}`);
      const wait = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 0;
      journal.info(`${reasonText(error)}; again in ${wait / 1000} s`);
      await pause(wait, options.signal);
    }
  }
}

/** Null when no disk would be chosen: a machine without disks can be inspected. */
async function rootDisk(hardware: Hardware, parameters: AgentParameters): Promise<Json> {
  try {
    return { ...chooseRootDisk(await hardware.method("listDisks")(), hintsOf({}, parameters.rootDevice)) };
  } catch {
    return null;
  }
}
