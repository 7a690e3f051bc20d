/**
 * The microversions served and how a request chooses one. Below the API nothing knows a version: `since` stands on
 * fields, routes, parameters and verbs, as a minor number.
 */
import { RouterError } from "./errors.ts";

export const MIN_MINOR = 1;
export const MAX_MINOR = 115;
export const MIN_VERSION = `1.${MIN_MINOR}`;
export const MAX_VERSION = `1.${MAX_MINOR}`;

export const VERSION_HEADER = "X-OpenStack-Ironic-API-Version";
export const MIN_HEADER = "X-OpenStack-Ironic-API-Minimum-Version";
export const MAX_HEADER = "X-OpenStack-Ironic-API-Maximum-Version";

const RANGE = { [MIN_HEADER]: MIN_VERSION, [MAX_HEADER]: MAX_VERSION };

/**
 * The minor a request asks for. The standard header wins when it names this service, then the older one; without
 * either it is 1.1.
 * @throws RouterError 406; the supported range goes along unless the text is no version at all
 */
export function negotiate(standard: string, legacy: string): number {
  const asked = standardVersion(standard) ?? (legacy === "" ? null : legacy.trim());
  if (asked === null) return MIN_MINOR;
  if (asked.toLowerCase() === "latest") return MAX_MINOR;
  const parts = /^(\d+)\.(\d+)$/.exec(asked);
  if (parts === null) {
    throw new RouterError(406, `Invalid version "${asked}": give major.minor, e.g. ${MAX_VERSION}, or "latest".`);
  }
  const minor = Number(parts[2]);
  if (Number(parts[1]) !== 1 || minor < MIN_MINOR || minor > MAX_MINOR) {
    throw new RouterError(
      406,
      `Version ${asked} was requested but is not supported by this service. The supported version range is: [${MIN_VERSION}, ${MAX_VERSION}].`,
      RANGE,
    );
  }
  return minor;
}

/** The number after "baremetal" in OpenStack-API-Version, or null when the header names other services only. */
function standardVersion(header: string): string | null {
  if (header === "") return null;
  for (const item of header.split(",")) {
    const [service, ...rest] = item.trim().split(/\s+/);
    if (service?.toLowerCase() === "baremetal") return rest.join(" ");
  }
  return null;
}
