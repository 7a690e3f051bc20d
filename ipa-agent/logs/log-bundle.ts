/** The logs as the conductor and inspection want them: base64 of a gzipped tar. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Hardware } from "../hardware-managers/hardware.ts";
import type { Journal } from "../journal.ts";
import { tar } from "./tar.ts";

const zip = promisify(gzip);

export async function logBundle(hardware: Hardware, journal: Journal): Promise<string> {
  const system = await hardware
    .method("systemLogs")()
    .catch((error: unknown) => ({ problem: String(error) }));
  const archive = tar({ "agent.log": `${journal.lines().join("\n")}\n`, ...system }, new Date());
  return (await zip(archive)).toString("base64");
}
