/**
 * What crosses the queue: a call with the address of its reply, and the reply. Both are sealed with the keys that encrypt
 * secrets ([secrets]), so that Redis learns none and whoever can only write to it gives no orders. Checked once, where
 * they arrive.
 */
import type { KeyRing, Sealed } from "../../encryption/key-ring.ts";
import { QueueKeysDiffer } from "../../errors/driver.ts";
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

/** `salt`: each process seals with keys of its own, so that none ever seals too much. */
type SealedText = Sealed & { readonly salt: string };

export class Envelopes {
  readonly #ring: KeyRing;
  readonly #salt = crypto.randomUUID();

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** As a job's data. It opens at the conductor `host` only. */
  wrap({ call, replyTo }: Envelope, host: string): object {
    if (this.#ring.primary === null) return { call, replyTo };
    return { sealed: this.#seal(JSON.stringify(call), callBinding(host, replyTo)), replyTo };
  }

  /**
   * Null for what is no call of ours; a method of a newer version is a call still (its version refuses it).
   * @throws SecretKeyMissing, SecretDamaged for what was sealed with other keys, or for another conductor
   */
  unwrap(value: unknown, host: string): Envelope | null {
    if (!isRecord(value) || typeof value.replyTo !== "string") return null;
    const { replyTo, sealed } = value;
    if (isSealed(sealed)) return envelopeOf(JSON.parse(this.#open(sealed, callBinding(host, replyTo))), replyTo);
    return this.#ring.primary === null ? envelopeOf(value.call, replyTo) : null;
  }

  /** `reply` is JSON text. */
  wrapReply(id: string, reply: string): string {
    if (this.#ring.primary === null) return `{"id":${JSON.stringify(id)},"reply":${reply}}`;
    return JSON.stringify({ id, sealed: this.#seal(reply, replyBinding(id)) });
  }

  /** Null for what is no reply, or none that the conductor has sealed. @throws SecretKeyMissing, SecretDamaged */
  unwrapReply(text: string): AddressedReply | null {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value.id !== "string") return null;
    const { id, sealed } = value;
    if (isSealed(sealed)) return replyOf(id, JSON.parse(this.#open(sealed, replyBinding(id))));
    const plain = replyOf(id, value.reply);
    return plain !== null && (this.#ring.primary === null || isRefusal(plain.reply)) ? plain : null;
  }

  #seal(text: string, binding: string): SealedText {
    return { ...this.#ring.seal(text, `queue ${this.#salt}`, binding), salt: this.#salt };
  }

  #open({ salt, ...sealed }: SealedText, binding: string): string {
    return this.#ring.open(sealed, `queue ${salt}`, binding, () => "in the queue");
  }
}

/** What a conductor that cannot open a call answers, plain: it says nothing but that. */
export function refusal(id: string): string {
  const { fault } = QueueKeysDiffer({});
  return JSON.stringify({ id, reply: { ok: false, fault } });
}

function isRefusal(reply: Reply<unknown>): boolean {
  return !reply.ok && reply.fault.name === QueueKeysDiffer.faultName;
}

function callBinding(host: string, replyTo: string): string {
  return ["call", host, replyTo].join("\0");
}

function replyBinding(id: string): string {
  return ["reply", id].join("\0");
}

function envelopeOf(call: unknown, replyTo: string): Envelope | null {
  if (!isRecord(call)) return null;
  const { v, id, method, deadline, context } = call;
  if (typeof v !== "number" || typeof id !== "string" || typeof method !== "string") return null;
  if (typeof deadline !== "number" || !isRecord(context)) return null;
  if (v <= CALL_VERSION && !Object.hasOwn(EFFECTS, method)) return null;
  return { call: call as unknown as Call, replyTo };
}

function replyOf(id: string, reply: unknown): AddressedReply | null {
  return isRecord(reply) && typeof reply.ok === "boolean" ? { id, reply: reply as unknown as Reply<unknown> } : null;
}

function isSealed(value: unknown): value is SealedText {
  return (
    isRecord(value) &&
    typeof value.keyId === "string" &&
    typeof value.text === "string" &&
    typeof value.salt === "string"
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
