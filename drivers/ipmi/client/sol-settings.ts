/** How the BMC's end of the serial line is set (IPMI 2.0, 26.2 and 26.3). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { malformed, unlessUnknown } from "./ipmi-error.ts";

/** Null: the BMC does not know this setting. */
export interface SolSettings {
  readonly enabled: boolean;
  readonly forcesEncryption: boolean | null;
  readonly forcesAuthentication: boolean | null;
  /** 1 callback to 4 administrator: what a session needs for the line. */
  readonly privilege: number | null;
  /** Milliseconds for which the BMC gathers characters, and how many make it send at once. */
  readonly accumulateMs: number | null;
  readonly threshold: number | null;
  readonly retries: number | null;
  readonly retryMs: number | null;
  /** Bits a second; null: as the serial port is set. */
  readonly volatileRate: number | null;
  readonly lastingRate: number | null;
}

const PARAMETER = { enable: 1, authentication: 2, accumulate: 3, retry: 4, lastingRate: 5, volatileRate: 6 } as const;
const RATES: Readonly<Record<number, number>> = { 6: 9600, 7: 19200, 8: 38400, 9: 57600, 10: 115200 };
const [ACCUMULATE_UNIT, RETRY_UNIT] = [5, 10];
const THIS_CHANNEL = 0x0e;

/** @throws IpmiError; "refused" by BMCs without serial over LAN */
export async function solSettings(send: Send, channel = THIS_CHANNEL): Promise<SolSettings> {
  const read = (name: keyof typeof PARAMETER) => unlessUnknown(solParameter(send, channel, PARAMETER[name]));
  const enable = await solParameter(send, channel, PARAMETER.enable);
  const authentication = (await read("authentication"))?.[0] ?? null;
  const [accumulate, retry] = [await read("accumulate"), await read("retry")];
  const [lasting, current] = [await read("lastingRate"), await read("volatileRate")];
  return {
    enabled: ((enable[0] ?? 0) & 1) !== 0,
    forcesEncryption: authentication === null ? null : (authentication & 0x80) !== 0,
    forcesAuthentication: authentication === null ? null : (authentication & 0x40) !== 0,
    privilege: authentication === null ? null : authentication & 0x0f,
    accumulateMs: accumulate === null ? null : (accumulate[0] ?? 0) * ACCUMULATE_UNIT,
    threshold: accumulate === null ? null : (accumulate[1] ?? 0),
    retries: retry === null ? null : (retry[0] ?? 0) & 7,
    retryMs: retry === null ? null : (retry[1] ?? 0) * RETRY_UNIT,
    lastingRate: RATES[(lasting?.[0] ?? 0) & 0x0f] ?? null,
    volatileRate: RATES[(current?.[0] ?? 0) & 0x0f] ?? null,
  };
}

async function solParameter(send: Send, channel: number, parameter: number): Promise<Buffer> {
  const { name } = COMMANDS.getSolSettings;
  const data = await send({ ...COMMANDS.getSolSettings, data: Buffer.from([channel, parameter, 0, 0]) });
  if (data.length < 2) throw malformed(name, "the answer is cut short");
  return data.subarray(1);
}

/** Switches the line on or off for all. */
export async function enableSol(send: Send, enabled: boolean, channel = THIS_CHANNEL): Promise<void> {
  const data = Buffer.from([channel, PARAMETER.enable, enabled ? 1 : 0]);
  await send({ ...COMMANDS.setSolSettings, data });
}
