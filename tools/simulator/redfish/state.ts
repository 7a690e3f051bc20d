/** What the Redfish face keeps of a machine beside its common state. Made when its BMC is first asked. */
import { randomBytes } from "node:crypto";
import type { Account } from "../accounts.ts";
import { ASSET_TAG, BIOS_VERSION, BMC_VERSION } from "../identity.ts";
import type { Machine } from "../machine.ts";
import { BIOS_DEFAULTS } from "./bios-attributes.ts";
import type { Body, Json } from "./exchange.ts";
import { Tasks } from "./tasks.ts";

const SESSION_MS = 30 * 60_000;
const MOST_SESSIONS = 16;

export interface RedfishSession {
  readonly id: string;
  readonly token: string;
  readonly account: Account;
  readonly madeAt: number;
  usedAt: number;
}

export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly raidType: string;
  readonly bytes: number;
  readonly drives: readonly string[];
}

export interface Subscription {
  readonly id: string;
  readonly destination: string;
  readonly context: string;
}

export interface MediaState {
  image: string | null;
  isWriteProtected: boolean;
  method: string | null;
}

export class RedfishState {
  readonly machine: Machine;
  readonly tasks: Tasks;
  readonly sessions = new Map<string, RedfishSession>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly volumes = new Map<string, Volume>();
  readonly bios = new Map<string, Json>(BIOS_DEFAULTS);
  /** Taken over at the next start. */
  pendingBios: ReadonlyMap<string, Json> | null = null;
  atStart: (() => void)[] = [];
  isSecure = false;
  willBeSecure: boolean | null = null;
  hasKeys = true;
  assetTag = ASSET_TAG;
  hostName = "";
  readonly usb: MediaState = { image: null, isWriteProtected: true, method: null };
  readonly cd: MediaState = { image: null, isWriteProtected: true, method: null };
  readonly firmware = new Map([
    ["BIOS", BIOS_VERSION],
    ["BMC", BMC_VERSION],
    ["NIC1", "22.31.6"],
  ]);
  bootOrder: readonly string[] = ["Boot0001", "Boot0002", "Boot0003"];
  #clockOffset = 0;
  #next = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.tasks = new Tasks(machine.world.now);
  }

  /** A number that none had before. */
  nextId(): string {
    this.#next++;
    return String(this.#next);
  }

  get time(): string {
    return `${new Date(this.machine.world.now() + this.#clockOffset).toISOString().slice(0, 19)}+00:00`;
  }

  setTime(time: number): void {
    this.#clockOffset = time - this.machine.world.now();
  }

  /** Null: all are taken. */
  open(account: Account): RedfishSession | null {
    const now = this.machine.world.now();
    for (const [id, { usedAt }] of this.sessions) if (now - usedAt > SESSION_MS) this.sessions.delete(id);
    if (this.machine.conditions.slotsFull || this.sessions.size >= MOST_SESSIONS) return null;
    const [id, token] = [this.nextId(), randomBytes(16).toString("hex")];
    const session = { id, token, account, madeAt: now, usedAt: now };
    this.sessions.set(id, session);
    return session;
  }

  byToken(token: string): RedfishSession | null {
    const now = this.machine.world.now();
    for (const session of this.sessions.values()) {
      if (session.token !== token || now - session.usedAt > SESSION_MS) continue;
      session.usedAt = now;
      return session;
    }
    return null;
  }

  /** The firmware starts: what was put off until now takes effect. */
  started(): void {
    for (const [name, value] of this.pendingBios ?? []) this.bios.set(name, value);
    this.pendingBios = null;
    if (this.willBeSecure !== null) this.isSecure = this.willBeSecure;
    this.willBeSecure = null;
    for (const act of this.atStart.splice(0)) act();
  }

  /** Tells whoever wants events. Nobody waits for them. */
  tell(messageId: string, text: string): void {
    for (const { destination, context, id } of this.subscriptions.values()) {
      const event = {
        EventType: "Alert",
        EventId: this.nextId(),
        MessageId: messageId,
        Message: text,
        Severity: "OK",
        EventTimestamp: this.time,
        OriginOfCondition: { "@odata.id": "/redfish/v1/Systems/1" },
      };
      const body: Body = {
        "@odata.type": "#Event.v1_7_0.Event",
        Id: id,
        Name: "Event",
        Context: context,
        Events: [event],
      };
      const [headers, signal] = [{ "content-type": "application/json" }, AbortSignal.timeout(5000)];
      fetch(destination, { method: "POST", headers, body: JSON.stringify(body), signal }).catch(() => {});
    }
  }
}
