/**
 * How BMCs differ from what Redfish says, as data: rules by vendor, model and firmware; what fits later rules over what
 * fits before. `proof` tells where a rule comes from: none has been shown on hardware of ours.
 */
import type { Fields } from "./fields.ts";

export interface Quirks {
  /** The mode (UEFI, Legacy) goes with every boot source, or the BMC forgets one of them. */
  readonly bootWithMode: boolean;
  /** Boot source for virtual media. */
  readonly cdTarget: "Cd" | "UsbCd";
  /** What ends an operating system gracefully. */
  readonly softOff: "GracefulShutdown" | "PushPowerButton";
  /** The boot mode is a BIOS attribute; null: it is BootSourceOverrideMode. */
  readonly bootModeAttribute: { readonly name: string; readonly bios: string; readonly uefi: string } | null;
  /** Whether `$expand` is to be used where it is offered. */
  readonly expand: boolean;
  /** Media are inserted by an action of the vendor's own; null: by VirtualMedia.InsertMedia, or by a change of Image. */
  readonly mediaAction: MediaAction | null;
  /** An image's address without Inserted and WriteProtected: others are refused. */
  readonly bareInsert: boolean;
  /** Settings that wait for a restart: where they are written, when the resource has settings of its own for Boot. */
  readonly bootInSettings: boolean;
}

/** Path below Actions/Oem of the medium, and bodies with "{image}" in them. */
export interface MediaAction {
  readonly action: string;
  readonly insert: Readonly<Record<string, string>>;
  readonly eject: Readonly<Record<string, string>>;
}

export interface BmcFacts {
  readonly vendor: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
}

export interface QuirkRule {
  /** As `vendorOf` names it. */
  readonly vendor: string;
  readonly model?: RegExp;
  readonly firmware?: RegExp;
  readonly quirks: Partial<Quirks>;
  readonly why: string;
  readonly proof: "unproven on hardware";
}

const STANDARD: Quirks = {
  bootWithMode: false,
  cdTarget: "Cd",
  softOff: "GracefulShutdown",
  bootModeAttribute: null,
  expand: true,
  mediaAction: null,
  bareInsert: false,
  bootInSettings: false,
};

const rule = (
  vendor: string,
  quirks: Partial<Quirks>,
  why: string,
  where: Pick<QuirkRule, "model" | "firmware"> = {},
) => ({ vendor, quirks, why, ...where, proof: "unproven on hardware" }) satisfies QuirkRule;

export const QUIRK_RULES: readonly QuirkRule[] = [
  rule(
    "dell",
    { bootModeAttribute: { name: "BootMode", bios: "Bios", uefi: "Uefi" } },
    "iDRAC reports BootSourceOverrideMode and refuses to change it; the BIOS attribute BootMode decides",
  ),
  rule("dell", { expand: false }, "before firmware 4 iDRAC answers $expand with bare links", { firmware: /^[123]\./ }),
  rule("hpe", { softOff: "PushPowerButton" }, "iLO 4 and 5 have no GracefulShutdown", { firmware: /^iLO [45]\b/i }),
  rule("lenovo", { expand: false }, "XCC expands collections more slowly than it answers member by member"),
  rule("supermicro", { bootWithMode: true }, "boards reset the mode to Legacy when only the target is written"),
  rule("supermicro", { cdTarget: "UsbCd" }, "virtual media are a USB drive; Cd means an AHCI one", {
    model: /X1[1-4]|H1[1-4]|-\w*X1[1-4]/i,
  }),
  rule("supermicro", { bareInsert: true }, "InsertMedia takes nothing but Image", { model: /X1[12]|H1[12]/i }),
  rule(
    "huawei",
    {
      mediaAction: {
        action: "Huawei/#VirtualMedia.VmmControl",
        insert: { VmmControlType: "Connect", Image: "{image}" },
        eject: { VmmControlType: "Disconnect" },
      },
    },
    "iBMC connects media by an action of its own",
  ),
  rule("inspur", { bootWithMode: true }, "its MegaRAC firmware resets the mode when only the target is written"),
  rule("ami", { bootInSettings: true }, "MegaRAC 13 keeps Boot in a settings resource of its own", {
    firmware: /^13\./,
  }),
];

/** First words, in lower case, that name a vendor. */
const VENDORS: Readonly<Record<string, string>> = {
  ami: "ami",
  american: "ami",
  dell: "dell",
  fujitsu: "fujitsu",
  fsas: "fujitsu",
  ts_fujitsu: "fujitsu",
  hewlett: "hpe",
  hp: "hpe",
  hpe: "hpe",
  huawei: "huawei",
  xfusion: "huawei",
  inspur: "inspur",
  ieit: "inspur",
  kaytus: "inspur",
  intel: "intel",
  lenovo: "lenovo",
  supermicro: "supermicro",
  super: "supermicro",
  smc: "supermicro",
};

/** By what the service root says of itself, else by the machine's manufacturer. Null: nobody we know. */
export function vendorOf(root: Fields, system: Fields | null = null): string | null {
  const names = [root.text("Vendor"), ...Object.keys(root.object("Oem").json), system?.text("Manufacturer") ?? null];
  for (const name of names) {
    const word = name?.toLowerCase().split(/[^a-z0-9_]+/)[0] ?? "";
    if (Object.hasOwn(VENDORS, word)) return VENDORS[word] ?? null;
  }
  return null;
}

/** A rule with a model or firmware holds only where that is known and fits. */
export function quirksFor(facts: BmcFacts): Quirks {
  const fitting = QUIRK_RULES.filter(
    ({ vendor, model, firmware }) =>
      vendor === facts.vendor && fits(model, facts.model) && fits(firmware, facts.firmware),
  );
  return Object.assign({ ...STANDARD }, ...fitting.map(({ quirks }) => quirks));
}

/** Whether the firmware's version must be read to know the quirks. */
export function asksFirmware(vendor: string | null): boolean {
  return QUIRK_RULES.some((one) => one.vendor === vendor && one.firmware !== undefined);
}

function fits(pattern: RegExp | undefined, value: string | null): boolean {
  return pattern === undefined || (value !== null && pattern.test(value));
}
