/** What `ipmitool -v -c sdr list all` prints: a line for each sensor with name, value, unit, status, and more of it. */
import type { SensorReading, SensorStatus } from "../../common/sensors.ts";
import { commonUnit, kindOf, uniquelyNamed } from "./readings.ts";

/** In words with `-v`, else cut to "ucr" and the like; "ns": no reading. */
const STATUSES: readonly (readonly [RegExp, SensorStatus])[] = [
  [/^ok$/, "ok"],
  [/^([ul]?nc|(Upper |Lower )?Non-Critical)$/, "non-critical"],
  [/^([ul]?cr|(Upper |Lower )?Critical)$/, "critical"],
  [/^([ul]?nr|(Upper |Lower )?Non-Recoverable)$/, "non-recoverable"],
  [/^ns$/, "unavailable"],
];
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Lines that are none of a sensor are left out. */
export function readingsIn(output: string): readonly SensorReading[] {
  return uniquelyNamed(output.split("\n").flatMap((line) => readingOf(line) ?? []));
}

function readingOf(line: string): SensorReading | null {
  const cells = line.trim().split(",");
  // A name may hold commas; what stands between it and the status may not.
  const at = cells.findIndex((cell, index) => index >= 3 && statusOf(cell) !== null);
  const status = statusOf(cells[at] ?? "");
  if (status === null) return null;
  const [name, value, unit] = [cells.slice(0, at - 2).join(","), cells[at - 2] ?? "", cells[at - 1] ?? ""];
  const known = NUMBER.test(value) ? commonUnit(unit === "" ? null : unit) : null;
  const hasValue = known !== null && status !== "unavailable";
  return { name, kind: kindOf(known), value: hasValue ? Number(value) : null, unit: known, status };
}

function statusOf(cell: string): SensorStatus | null {
  return STATUSES.find(([pattern]) => pattern.test(cell))?.[1] ?? null;
}
