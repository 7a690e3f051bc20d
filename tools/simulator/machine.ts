/**
 * One virtual server: its power, what it boots, its sensors and its log. Both controllers act on this one state, and what
 * boots on it (the virtual ramdisk) lives and dies with its power.
 */
import { Accounts } from "./accounts.ts";
import { BootOverride, type BootTarget } from "./boot-override.ts";
import type { Conditions } from "./conditions.ts";
import { EventLog } from "./event-log.ts";
import { type Identity, identityOf } from "./identity.ts";
import type { World } from "./world.ts";

export type PowerAction = "on" | "off" | "soft-off" | "reset" | "cycle" | "nmi";

/** What runs on a machine that is on. */
export interface Guest {
  /** The machine goes off or starts anew: from one moment to the next. */
  stop(): void;
  /** The power button was pressed; true: it shuts down by itself, soon. */
  pressed?(): boolean;
}

/** Where the firmware found something to boot. */
export interface BootSource {
  readonly target: BootTarget;
  readonly isUefi: boolean;
  /** The image, when it came over HTTP or from virtual media. */
  readonly url: string | null;
  /** Image in the drive for sticks and floppies, which the system finds beside the one it came from. */
  readonly beside: string | null;
}

export class Machine {
  readonly index: number;
  readonly world: World;
  isOn = false;
  readonly boot = new BootOverride();
  /** Of its controllers. */
  address = "127.0.0.1";
  /** Firmware mode of its own, which an override may change for one boot. */
  isUefi = true;
  /** Why it started last (IPMI 2.0, table 28-11): 1 chassis control, 2 reset by it, 3 power button, 7 after a cycle. */
  restartCause = 0;
  startedAt = 0;
  identifyUntil = 0;
  restorePolicy = 0;
  /** What was booted last; null: off, or the firmware is still at work. */
  source: BootSource | null = null;
  /** Images in the virtual drives: for CDs, and for sticks and floppies. */
  media: string | null = null;
  removable: string | null = null;
  hasInstalledDisk = false;
  nmis = 0;
  #guest: Guest | null = null;
  #timer: NodeJS.Timeout | null = null;
  #told: Map<string, number | null> | null = null;
  #log: EventLog | null = null;
  #accounts: Accounts | null = null;
  #set: Conditions;
  #troubles: Partial<Conditions>[] | null = null;
  #conditions: Conditions;

  constructor(index: number, world: World) {
    this.index = index;
    this.world = world;
    this.#set = world.conditions;
    this.#conditions = world.conditions;
  }

  /** As they were set, and on top of that what has befallen the machine. */
  get conditions(): Conditions {
    return this.#conditions;
  }

  /** What is set counts at once: no incident overrules it any more. */
  setConditions(change: Partial<Conditions>): void {
    this.#set = { ...this.#set, ...change };
    for (const trouble of this.#troubles ?? [])
      for (const name of Object.keys(change)) delete trouble[name as keyof Conditions];
    this.#settle();
  }

  /** @returns what ends it: the conditions are as they would be without it */
  suffer(trouble: Partial<Conditions>): () => void {
    const own = { ...trouble };
    this.#troubles = [...(this.#troubles ?? []), own];
    this.#settle();
    return () => {
      this.#troubles = this.#troubles?.filter((one) => one !== own) ?? null;
      this.#settle();
    };
  }

  #settle(): void {
    this.#conditions = Object.assign({}, this.#set, ...(this.#troubles ?? []));
  }

  /** Made when asked for: ten thousand of them need not lie in memory. */
  get identity(): Identity {
    return identityOf(this.index);
  }

  get log(): EventLog {
    this.#log ??= new EventLog();
    return this.#log;
  }

  get accounts(): Accounts {
    this.#accounts ??= new Accounts(this.world.logins);
    return this.#accounts;
  }

  get isStarting(): boolean {
    return this.#timer !== null && this.isOn;
  }

  /** Value a sensor has been told to show; null: it fails; undefined: it measures. */
  told(sensor: string): number | null | undefined {
    return this.#told?.get(sensor);
  }

  tell(sensor: string, value: number | null | undefined): void {
    this.#told ??= new Map();
    if (value === undefined) this.#told.delete(sensor);
    else this.#told.set(sensor, value);
  }

  power(action: PowerAction): void {
    if (action === "on") this.#switchOn(1);
    else if (action === "off") this.switchOff();
    else if (action === "soft-off") this.#press();
    else if (action === "nmi") this.nmis++;
    else if (this.isOn) this.#again(action === "cycle" ? 7 : 2);
  }

  #switchOn(cause: number): void {
    if (this.isOn) return;
    this.isOn = true;
    this.#start(cause);
  }

  /** Also for a machine that dies: nothing is told to what runs on it. */
  switchOff(): void {
    const wasOn = this.isOn;
    this.isOn = false;
    this.#end();
    if (wasOn) this.world.told(this, "power off");
  }

  #press(): void {
    if (!this.isOn || this.#guest?.pressed?.() === true) return;
    this.#end();
    this.#after(this.world.timing.shutdownMs, () => this.switchOff());
  }

  #again(cause: number): void {
    this.#end();
    this.#start(cause);
  }

  #start(cause: number): void {
    this.restartCause = cause;
    this.startedAt = this.world.now();
    this.world.told(this, cause === 2 ? "reset" : "power on");
    this.#after(this.world.timing.firmwareMs, () => this.#boot());
  }

  /** The firmware is through its self-test. */
  #boot(): void {
    this.world.firmware(this);
    const isUefi = this.boot.enabled === "Disabled" ? this.isUefi : this.boot.isUefi || this.isUefi;
    const uri = this.boot.httpUri;
    const wanted = this.boot.take() ?? (this.hasInstalledDisk ? "Hdd" : "Pxe");
    const target = this.conditions.bootsDisk ? "Hdd" : wanted;
    const url = target === "UefiHttp" ? uri : target === "Cd" || target === "RemoteCd" ? this.media : null;
    this.source = { target, isUefi, url, beside: this.removable };
    this.world.told(this, `boots ${target}`);
    this.#guest = this.world.boots?.(this, this.source) ?? null;
  }

  /** There is nothing to start from where it was told to: the firmware takes the disk, where there is a system on it. */
  foundNothing(why: string): void {
    const target = this.source?.target;
    this.#guest?.stop();
    this.#guest = null;
    this.source = this.hasInstalledDisk && this.source !== null ? { ...this.source, target: "Hdd", url: null } : null;
    const instead = this.source === null ? "and has no other device to boot" : "and boots Hdd instead";
    this.world.told(this, `finds nothing to boot at ${target}: ${why}, ${instead}`);
  }

  #end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.source = null;
    this.#guest?.stop();
    this.#guest = null;
  }

  #after(ms: number, act: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      act();
    }, ms);
    this.#timer.unref();
  }
}
