/** What a machine boots from next, as both faces may ask for it: one record, in IPMI's bits where these can say it. */

/** Redfish's words (ComputerSystem, BootSource); IPMI's device numbers beside them (IPMI 2.0, table 28-14, parameter 5). */
export const IPMI_DEVICES = {
  None: 0,
  Pxe: 1,
  Hdd: 2,
  RecoveryMode: 3,
  Diags: 4,
  Cd: 5,
  BiosSetup: 6,
  RemoteFloppy: 7,
  RemoteCd: 8,
  RemoteHdd: 11,
  Floppy: 15,
} as const;

/** Targets that Redfish knows and IPMI has no number for. */
export const REDFISH_ONLY = ["UefiHttp", "UefiShell", "UefiTarget", "Usb", "SDCard"] as const;

/** What the Redfish face takes. */
export const REDFISH_TARGETS = ["None", "Pxe", "Hdd", "Cd", "Diags", "BiosSetup", "Floppy", ...REDFISH_ONLY] as const;

export type BootTarget = keyof typeof IPMI_DEVICES | (typeof REDFISH_ONLY)[number];
export type BootEnabled = "Disabled" | "Once" | "Continuous";

const [VALID, PERSISTENT, EFI] = [0x80, 0x40, 0x20];
const DEVICE_MASK = 0x3c;

export class BootOverride {
  /** Boot flags, parameter 5: valid, persistent, EFI; device and locks; verbosity; overrides; instance. */
  flags: Buffer = Buffer.alloc(5);
  httpUri: string | null = null;
  #other: (typeof REDFISH_ONLY)[number] | null = null;

  setFlags(flags: Buffer): void {
    this.flags = flags;
    this.#other = null;
  }

  get enabled(): BootEnabled {
    const first = this.flags[0] ?? 0;
    if ((first & VALID) === 0) return "Disabled";
    return (first & PERSISTENT) === 0 ? "Once" : "Continuous";
  }

  get isUefi(): boolean {
    return ((this.flags[0] ?? 0) & EFI) !== 0;
  }

  get target(): BootTarget {
    if (this.#other !== null) return this.#other;
    const device = ((this.flags[1] ?? 0) & DEVICE_MASK) >> 2;
    const found = Object.entries(IPMI_DEVICES).find(([, number]) => number === device);
    return (found?.[0] ?? "None") as BootTarget;
  }

  /** In the words of Redfish; what is absent stays. */
  set(change: { enabled?: BootEnabled; target?: BootTarget; isUefi?: boolean; httpUri?: string | null }): void {
    const { enabled = this.enabled, target = this.target, isUefi = this.isUefi } = change;
    const device = target in IPMI_DEVICES ? IPMI_DEVICES[target as keyof typeof IPMI_DEVICES] : 0;
    const bits = enabled === "Disabled" ? 0 : enabled === "Once" ? VALID : VALID | PERSISTENT;
    const flags = Buffer.from(this.flags);
    flags[0] = bits | (isUefi ? EFI : 0);
    flags[1] = ((flags[1] ?? 0) & ~DEVICE_MASK) | (device << 2);
    this.flags = flags;
    this.#other = REDFISH_ONLY.find((name) => name === target) ?? null;
    if (change.httpUri !== undefined) this.httpUri = change.httpUri;
  }

  /** What the firmware boots now; null: its own order. An override for once is used up. */
  take(): BootTarget | null {
    const { enabled, target } = this;
    if (enabled === "Disabled" || target === "None") return null;
    if (enabled === "Once") {
      this.setFlags(Buffer.from([0, 0, 0, 0, 0]));
    }
    return target;
  }
}
