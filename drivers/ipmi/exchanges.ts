/** Tells what was said to a BMC: each command with its bytes, and each call of ipmitool. Secrets are masked. */
import type { BmcExchange } from "../../common/bmc-exchange.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { DriverServices } from "../base/services.ts";
import type { Send } from "./client/client.ts";
import type { IpmiRequest } from "./client/message.ts";
import type { IpmiConnection } from "./connection.ts";

/** Commands whose data holds a secret: network function, command, and where it begins (22.30, 22.25, 23.1). */
const SECRETS: readonly (readonly [netFn: number, cmd: number, from: number])[] = [
  [0x06, 0x47, 2],
  [0x06, 0x56, 2],
  [0x0c, 0x01, 2],
];
const MASK = "******";
const MOST_CHARACTERS = 500;

type Watcher = Pick<DriverServices, "observe" | "now">;

export const addressOf = ({ address, port }: Pick<IpmiConnection, "address" | "port">): string => `${address}:${port}`;

/** `send`, with every exchange told. */
export function watched(send: Send, node: string, connection: IpmiConnection, services: Watcher): Send {
  const { observe } = services;
  if (observe === undefined) return send;
  return async (request) => {
    const say = { node, address: addressOf(connection), request: requestWords(request) };
    return await told(services, say, async () => await send(request), answerWords);
  };
}

interface Said {
  readonly node: string;
  readonly address: string;
  readonly request: string;
}

/** Runs the exchange and tells of it, whatever becomes of it. */
export async function told<T>(
  { observe, now }: Watcher,
  { node, address, request }: Said,
  exchange: () => Promise<T>,
  words: (answer: T) => Pick<BmcExchange, "answer" | "fault">,
): Promise<T> {
  const began = now();
  const tell = (outcome: Pick<BmcExchange, "answer" | "fault">) =>
    observe?.(node, { protocol: "ipmi", address, request, ...outcome, ms: now() - began });
  try {
    const answer = await exchange();
    tell(words(answer));
    return answer;
  } catch (error) {
    tell({ answer: null, fault: readable(reasonOf(error)) });
    throw error;
  }
}

export function requestWords({ name, netFn, cmd, data }: IpmiRequest): string {
  const bytes = [netFn, cmd, ...(data ?? [])];
  return `${name}: ${hexWords(bytes)}`;
}

/** Bytes of a request, its network function and command first. */
export function hexWords(bytes: readonly number[]): string {
  const [netFn, cmd] = bytes;
  const secret = SECRETS.find(([fn, command]) => fn === netFn && command === cmd);
  const shown = secret === undefined ? bytes : bytes.slice(0, 2 + secret[2]);
  const hex = shown.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return readable(shown.length < bytes.length ? `${hex} ${MASK}` : hex);
}

function answerWords(answer: Buffer): Pick<BmcExchange, "answer" | "fault"> {
  return { answer: readable(answer.length === 0 ? "done" : [...answer].map(hexByte).join(" ")), fault: null };
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

export function readable(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text;
}
