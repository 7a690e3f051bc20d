/** What crosses the queue: a call with the address of its reply, and the reply. Checked once, where they arrive. */
import { CALL_VERSION, type Call, type Reply } from "../contract.ts";
import { EFFECTS } from "../method-effects.ts";

export interface Envelope {
  readonly call: Call;
  /** Key of the stream that the caller reads its replies from. */
  readonly replyTo: string;
}

export interface AddressedReply {
  readonly id: string;
  readonly reply: Reply<unknown>;
}

/** Null for what is no call of ours; a method of a newer version is a call still (its version refuses it). */
export function readEnvelope(value: unknown): Envelope | null {
  if (!isRecord(value) || typeof value.replyTo !== "string" || !isRecord(value.call)) return null;
  const { v, id, method, deadline, context } = value.call;
  if (typeof v !== "number" || typeof id !== "string" || typeof method !== "string") return null;
  if (typeof deadline !== "number" || !isRecord(context)) return null;
  if (v <= CALL_VERSION && !Object.hasOwn(EFFECTS, method)) return null;
  return value as unknown as Envelope;
}

export function readReply(text: string): AddressedReply | null {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || typeof value.id !== "string" || !isRecord(value.reply)) return null;
  return typeof value.reply.ok === "boolean" ? (value as unknown as AddressedReply) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
