/** What the operating system on a machine tells of itself over SNMP: one value of one metric, of the whole or of one part. */

export interface HostMetric {
  readonly help: string;
  readonly type: "gauge" | "counter";
  /** Label that names the part, where there are several. */
  readonly part?: "disk" | "interface";
}

/** By name, with the unit at its end. */
export const HOST_METRICS = {
  load1: { help: "Load average over one minute.", type: "gauge" },
  load5: { help: "Load average over five minutes.", type: "gauge" },
  load15: { help: "Load average over fifteen minutes.", type: "gauge" },
  cpu_utilisation_percent: {
    help: "Share of the last minute that the processors were not idle, their mean.",
    type: "gauge",
  },
  cpu_idle_percent: { help: "Share of time that the processors were idle.", type: "gauge" },
  memory_total_bytes: { help: "Memory.", type: "gauge" },
  memory_used_bytes: { help: "Memory in use, buffers and caches included.", type: "gauge" },
  memory_buffer_bytes: { help: "Memory used as buffers.", type: "gauge" },
  memory_cached_bytes: { help: "Memory used as caches.", type: "gauge" },
  swap_total_bytes: { help: "Swap space.", type: "gauge" },
  swap_available_bytes: { help: "Swap space that is free.", type: "gauge" },
  disk_total_bytes: { help: "Size of a file system on a disk.", type: "gauge", part: "disk" },
  disk_used_bytes: { help: "Of it in use.", type: "gauge", part: "disk" },
  network_receive_bytes_total: { help: "Bytes that came in.", type: "counter", part: "interface" },
  network_transmit_bytes_total: { help: "Bytes that went out.", type: "counter", part: "interface" },
  network_transmit_errors_total: {
    help: "Packets that could not be sent for errors.",
    type: "counter",
    part: "interface",
  },
} as const satisfies Readonly<Record<string, HostMetric>>;
export type HostMetricName = keyof typeof HOST_METRICS;

export interface HostReading {
  readonly metric: HostMetricName;
  /** Disk or interface; null where the metric has no parts. */
  readonly part: string | null;
  readonly value: number;
}
