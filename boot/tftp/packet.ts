/** TFTP packets (RFC 1350 section 5) with options (RFC 2347). Reading never throws. */
export const OPCODE = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;

/** RFC 1350 appendix I, and 8 of RFC 2347. */
export const ERROR = { undefined: 0, notFound: 1, access: 2, illegal: 4, options: 8 } as const;

export interface ReadRequest {
  readonly name: string;
  readonly mode: string;
  /** Names in lower case; values as sent. */
  readonly options: ReadonlyMap<string, string>;
}

export type Request =
  | ({ readonly kind: "read" } & ReadRequest)
  | { readonly kind: "write" }
  | { readonly kind: "malformed"; readonly why: string }
  /** Not a request: answers to it could be answered in turn without end. */
  | { readonly kind: "ignored" };

const LONGEST = 1024;

export function readRequest(bytes: Buffer): Request {
  if (bytes.length < 2) return { kind: "ignored" };
  const opcode = bytes.readUInt16BE(0);
  if (opcode === OPCODE.WRQ) return { kind: "write" };
  if (opcode !== OPCODE.RRQ) return { kind: "ignored" };
  if (bytes.length > LONGEST) return { kind: "malformed", why: "request too long" };
  if (bytes.at(-1) !== 0) return { kind: "malformed", why: "request does not end with a zero byte" };
  const [name = "", mode, ...rest] = bytes.subarray(2, -1).toString("latin1").split("\0");
  if (name === "" || mode === undefined) return { kind: "malformed", why: "name or mode is missing" };
  const options = new Map<string, string>();
  for (let at = 0; at + 1 < rest.length; at += 2) options.set((rest[at] ?? "").toLowerCase(), rest[at + 1] ?? "");
  return { kind: "read", name, mode: mode.toLowerCase(), options };
}

export function dataPacket(block: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(OPCODE.DATA, 0);
  head.writeUInt16BE(block & 0xffff, 2);
  return Buffer.concat([head, content]);
}

export function optionsPacket(options: ReadonlyMap<string, string>): Buffer {
  const text = [...options].map(([name, value]) => `${name}\0${value}\0`).join("");
  return Buffer.concat([Buffer.from([0, OPCODE.OACK]), Buffer.from(text, "latin1")]);
}

export function errorPacket(code: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0, OPCODE.ERROR, 0, code]), Buffer.from(`${text}\0`, "latin1")]);
}

/** The block of an ACK, "error" for an ERROR, null for anything else. */
export function readAnswer(bytes: Buffer): number | "error" | null {
  if (bytes.length < 4) return null;
  const opcode = bytes.readUInt16BE(0);
  if (opcode === OPCODE.ERROR) return "error";
  return opcode === OPCODE.ACK ? bytes.readUInt16BE(2) : null;
}
