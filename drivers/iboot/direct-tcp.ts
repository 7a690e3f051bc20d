/**
 * The one-line protocol of older iBoots: escape, password, escape, action, carriage return; answered with a word and the end
 * of the connection (Dataprobe, iBoot operation manual, "Direct TCP/Telnet Control").
 */
import { type Conversation, Refusal } from "./conversation.ts";

/** "n": on, "f": off, "q": only tell. */
export type DirectAction = "n" | "f" | "q";

const ANSWERS: Readonly<Record<string, boolean>> = { ON: true, OFF: false };

/** Whether the outlet is on, after the action. @throws Refusal in words */
export async function directTcp(other: Conversation, password: string, action: DirectAction): Promise<boolean> {
  other.send(Buffer.from(`\x1b${password}\x1b${action}\r`, "latin1"));
  const word = (await other.heard(Number.POSITIVE_INFINITY)).toString("latin1").trim();
  const on = ANSWERS[word];
  if (on !== undefined) return on;
  if (word === "BUSY") throw new Error("it is busy with somebody else");
  if (word === "") throw new Refusal("it closed the connection unanswered: the password may be wrong");
  throw new Refusal(`it answered "${printable(word)}", which is neither ON nor OFF`);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 40);
}
