/** Processors and memory modules. */
import { CORES, MANUFACTURER, MEMORY_GIB } from "../../identity.ts";
import { type Body, collection, GOOD, head, type Resource } from "../exchange.ts";
import { SYSTEM } from "./systems.ts";

const CPUS = ["CPU1", "CPU2"];
const MODULES = ["DIMM1", "DIMM2", "DIMM3", "DIMM4"];

function processor(path: string, id: string): Body {
  return {
    ...head(path, "Processor.v1_18_0.Processor", id, id),
    Socket: id,
    ProcessorType: "CPU",
    ProcessorArchitecture: "x86",
    InstructionSet: "x86-64",
    Manufacturer: MANUFACTURER,
    Model: "Simulated CPU",
    MaxSpeedMHz: 3200,
    TotalCores: CORES / 2,
    TotalThreads: CORES,
    Status: GOOD,
  };
}

function memory(path: string, id: string): Body {
  return {
    ...head(path, "Memory.v1_17_1.Memory", id, id),
    CapacityMiB: (MEMORY_GIB / MODULES.length) * 1024,
    MemoryDeviceType: "DDR5",
    OperatingSpeedMhz: 4800,
    DeviceLocator: id,
    Manufacturer: MANUFACTURER,
    Status: GOOD,
  };
}

export const COMPONENT_RESOURCES: readonly Resource[] = [
  {
    path: `${SYSTEM}/Processors`,
    GET: ({ path }) => collection(path, "ProcessorCollection", "Processors Collection", CPUS),
  },
  {
    path: `${SYSTEM}/Processors/{cpu}`,
    GET: ({ path, params: [id = ""] }) => (CPUS.includes(id) ? processor(path, id) : null),
  },
  {
    path: `${SYSTEM}/Memory`,
    GET: ({ path }) => collection(path, "MemoryCollection", "Memory Module Collection", MODULES),
  },
  {
    path: `${SYSTEM}/Memory/{module}`,
    GET: ({ path, params: [id = ""] }) => (MODULES.includes(id) ? memory(path, id) : null),
  },
];
