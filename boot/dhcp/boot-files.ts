/**
 * Which boot program a client gets, as a table: firmware and architecture (option 93, RFC 4578 section 2.1 and IANA's
 * "Processor Architecture Types"), boot interface, and whether iPXE itself is asking (user class, option 77).
 */
import { BOOT_FILES } from "../../common/boot-files.ts";
import type { BootPlan, ClientArch } from "../contract.ts";
import { OPTION, textOf } from "./options.ts";
import type { DhcpPacket } from "./packet.ts";

/** IANA's numbers. 7 is "EFI BC" in the RFC, but x86-64 in the erratum and in every firmware. */
const ARCHITECTURES: Readonly<Record<number, ClientArch>> = {
  0: "bios",
  7: "uefi-x86_64",
  9: "uefi-x86_64",
  11: "uefi-arm64",
  16: "uefi-http-x86_64",
  19: "uefi-http-arm64",
};

type Choice = { readonly over: "tftp" | "http"; readonly name: string };
type Row = Readonly<Record<ClientArch, Choice | null>>;

const tftp = (name: string): Choice => ({ over: "tftp", name });
const http = (name: string): Choice => ({ over: "http", name });

const TO_IPXE: Row = {
  bios: tftp("undionly.kpxe"),
  "uefi-x86_64": tftp("snponly.efi"),
  "uefi-arm64": tftp("snponly-arm64.efi"),
  "uefi-http-x86_64": http("snponly.efi"),
  "uefi-http-arm64": http("snponly-arm64.efi"),
  other: null,
};

const TO_GRUB: Row = {
  bios: tftp("pxelinux.0"),
  "uefi-x86_64": tftp("bootx64.efi"),
  "uefi-arm64": tftp("bootaa64.efi"),
  "uefi-http-x86_64": http("bootx64.efi"),
  "uefi-http-arm64": http("bootaa64.efi"),
  other: null,
};

const FIRST_PROGRAM: Readonly<Record<BootPlan["kind"], Row>> = {
  ipxe: TO_IPXE,
  "http-ipxe": TO_IPXE,
  pxe: TO_GRUB,
  http: TO_GRUB,
};

export interface Client {
  readonly arch: ClientArch;
  readonly isIpxe: boolean;
  /** The firmware's own HTTP client (UEFI section 24.7): the answer must carry this vendor class. */
  readonly isHttp: boolean;
  /** Asks for boot information at all (vendor class PXEClient or HTTPClient, or iPXE). */
  readonly boots: boolean;
}

export function clientOf(packet: DhcpPacket): Client {
  const vendor = textOf(packet.options.get(OPTION.vendorClass));
  const archOption = packet.options.get(OPTION.clientArch);
  const number = archOption !== undefined && archOption.length >= 2 ? archOption.readUInt16BE(0) : archInClass(vendor);
  const isHttp = vendor.startsWith("HTTPClient");
  // RFC 3004 puts a length before each class, iPXE does not: both spellings occur.
  const userClass = (packet.options.get(OPTION.userClass) ?? Buffer.alloc(0)).toString("latin1");
  const isIpxe = userClass.includes("iPXE");
  const boots = isHttp || isIpxe || vendor.startsWith("PXEClient");
  return { arch: number === null ? "bios" : (ARCHITECTURES[number] ?? "other"), isIpxe, isHttp, boots };
}

/** Vendor class "PXEClient:Arch:00007:UNDI:003016" names the architecture too. */
function archInClass(vendor: string): number | null {
  const found = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendor);
  return found === null ? null : Number(found[1]);
}

/** The file name to send: a TFTP name or a URL. Null: this client can boot nothing of ours. */
export function bootFileFor(client: Client, plan: BootPlan): string | null {
  const scripted = plan.kind === "ipxe" || plan.kind === "http-ipxe";
  if (client.isIpxe && scripted) return `${plan.baseUrl}/${BOOT_FILES.ipxe}`;
  const choice = FIRST_PROGRAM[plan.kind][client.arch];
  if (choice === null) return null;
  return choice.over === "http" ? `${plan.baseUrl}/${choice.name}` : choice.name;
}
