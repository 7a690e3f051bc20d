/**
 * The Dataprobe Exchange Protocol, as far as outlets go: a greeting that is answered with a sequence number, then requests
 * that count on from it (Dataprobe, DxP protocol specification; port 9100).
 */
import type { IbootConnection } from "./connection.ts";
import { type Conversation, Refusal } from "./conversation.ts";

const HELLO = Buffer.from("hello-000", "latin1");
const COMMAND_IO = 3;
const [CHANGE_RELAY, GET_RELAYS] = [1, 4];
/** How many outlets a unit has is told by its silence after the last. */
const QUIET_MS = 500;
/** User and password: twenty bytes and a closing zero each. */
const NAME_BYTES = 21;
const HEADER_BYTES = 1 + 2 * NAME_BYTES + 4;

type Login = Pick<IbootConnection, "username" | "password">;

/** command, user, password, descriptor, zero, sequence number (little-endian), payload. */
function dxpRequest(
  { username, password }: Login,
  descriptor: number,
  sequence: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(COMMAND_IO, 0);
  header.write(username ?? "", 1, NAME_BYTES - 1);
  header.write(password, 1 + NAME_BYTES, NAME_BYTES - 1);
  header.writeUInt8(descriptor, 1 + 2 * NAME_BYTES);
  header.writeUInt16LE(sequence, HEADER_BYTES - 2);
  return Buffer.concat([header, payload]);
}

/** Whether the outlet is on. @throws Refusal in words: no such outlet, no answer */
export async function dxpRead(other: Conversation, login: Login, relay: number): Promise<boolean> {
  other.send(dxpRequest(login, GET_RELAYS, await greeted(other)));
  const states = (await other.heard(2 + relay, QUIET_MS)).subarray(2);
  if (states.length === 0) throw new Refusal("it closed the connection unanswered: user or password may be wrong");
  const state = states[relay - 1];
  if (state === undefined)
    throw new Refusal(`it has ${states.length} outlets, and driver_info/iboot_relay_id is ${relay}`);
  if (state > 1) throw new Refusal(`it says ${state} of outlet ${relay}, which is neither on nor off`);
  return state === 1;
}

/** @throws Refusal in words when it refuses */
export async function dxpSwitch(other: Conversation, login: Login, relay: number, on: boolean): Promise<void> {
  other.send(dxpRequest(login, CHANGE_RELAY, await greeted(other), Buffer.from([relay, on ? 1 : 0])));
  const result = (await other.heard(3))[2];
  if (result === undefined) throw new Refusal("it closed the connection unanswered: user or password may be wrong");
  if (result !== 0) throw new Refusal(`it refused with code ${result}: user, password or outlet may be wrong`);
}

async function greeted(other: Conversation): Promise<number> {
  other.send(HELLO);
  const answer = await other.heard(2);
  if (answer.length === 0) throw new Error("it closed the connection without a greeting");
  if (answer.length < 2)
    throw new Refusal("it does not greet as DxP does; set driver_info/iboot_protocol to what it speaks");
  return (answer.readUInt16LE(0) + 1) & 0xffff;
}
