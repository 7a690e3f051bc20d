/** The BMC's clock. Source: DSP2046, Manager, DateTime and DateTimeLocalOffset. */
import { RedfishFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Json } from "../../common/json.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";

/** A clock may be off by so many seconds: certificates and logs bear it. */
const TOLERANCE_SECONDS = 60;

/** @throws RedfishError; RedfishFailure naming both times when they differ */
export async function verifyClock(system: System, now: number): Promise<void> {
  checkTime(await system.manager(), now);
}

function checkTime(manager: Resource, now: number): void {
  const shown = manager.needText("DateTime");
  const time = Date.parse(shown);
  const off = Math.round((time - now) / 1000);
  if (Math.abs(off) <= TOLERANCE_SECONDS) return;
  const words = Number.isNaN(off) ? "which is no time" : `${Math.abs(off)} s ${off > 0 ? "fast" : "slow"}`;
  throw RedfishFailure({
    what: "verifying the BMC's clock",
    reason: `it shows ${shown}, ${words}: set it with the clean step management.set_bmc_clock, or give the BMC an NTP server.`,
  });
}

/** Without `target` our own time. @throws RedfishError, InvalidParameterValue */
export async function setClock(
  system: System,
  target: Json | undefined,
  offset: Json | undefined,
  now: number,
): Promise<void> {
  const manager = await system.manager();
  const local = offsetOf(offset);
  const time = target === undefined || target === null ? inZone(now, local ?? "+00:00") : timeOf(target);
  await manager.patch({ DateTime: time, ...(local === null ? {} : { DateTimeLocalOffset: local }) });
  checkTime(await manager.refresh(), Date.parse(time));
}

function timeOf(target: Json): string {
  if (typeof target === "string" && /T.*(Z|[+-]\d\d:\d\d)$/.test(target) && !Number.isNaN(Date.parse(target)))
    return target;
  throw InvalidParameterValue({
    reason: `target_datetime is ${JSON.stringify(target)}; expected a time with its offset, such as 2026-01-31T12:00:00+00:00.`,
  });
}

function offsetOf(offset: Json | undefined): string | null {
  if (offset === undefined || offset === null) return null;
  if (typeof offset === "string" && /^[+-]([01]\d|2[0-3]):[0-5]\d$/.test(offset)) return offset;
  throw InvalidParameterValue({
    reason: `datetime_local_offset is ${JSON.stringify(offset)}; expected an offset such as +00:00.`,
  });
}

/** A BMC shows its time in its own zone. */
function inZone(now: number, offset: string): string {
  const sign = offset.startsWith("-") ? -1 : 1;
  const [hours = 0, minutes = 0] = offset.slice(1).split(":").map(Number);
  const shifted = new Date(now + sign * (hours * 60 + minutes) * 60_000);
  return `${shifted.toISOString().slice(0, 19)}${offset}`;
}
