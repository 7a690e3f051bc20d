/**
 * The one writer of boot files: iPXE scripts, pxelinux and GRUB configurations. Everything variable goes through the
 * checks here; the templates themselves are fixed text.
 */
import { BOOT_FILES } from "../../common/boot-files.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { checkParam, commandLine, type KernelParam } from "./kernel-params.ts";

export interface RamdiskBoot {
  /** http(s)://host:port/boot/TOKEN */
  readonly base: string;
  readonly params: readonly KernelParam[];
}

const BASE = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;
const TRIES = 10;

/** iPXE knows the MAC it boots from; the agent takes BOOTIF in pxelinux' form. */
const IPXE_BOOTIF = `BOOTIF=01-\${mac:hexhyp}`;
const GRUB_BOOTIF = "BOOTIF=$net_default_mac";

/** @throws InvalidParameterValue for what could not stand in the file */
export function ipxeScript(boot: RamdiskBoot): string {
  const base = checkedBase(boot.base);
  const line = checkedLine(boot.params);
  return [
    "#!ipxe",
    "set tries:int32 0",
    ":load",
    "imgfree",
    `kernel ${base}/${BOOT_FILES.kernel} initrd=${BOOT_FILES.initramfs} ${line} ${IPXE_BOOTIF} || goto again`,
    `initrd --name ${BOOT_FILES.initramfs} ${base}/${BOOT_FILES.initramfs} || goto again`,
    "boot || goto again",
    ":again",
    "inc tries",
    `iseq \${tries} ${TRIES} && goto give_up ||`,
    "echo The ramdisk could not be loaded, trying again",
    `sleep \${tries}`,
    "goto load",
    ":give_up",
    `echo The ramdisk could not be loaded in ${TRIES} tries; the machine is switched off in 30 seconds`,
    "sleep 30",
    "poweroff || exit 1",
    "",
  ].join("\n");
}

/** For BIOS; paths are TFTP names. `ipappend 2` makes pxelinux add BOOTIF. */
export function pxelinuxConfig(boot: RamdiskBoot): string {
  const folder = folderOf(boot.base);
  return [
    "default ramdisk",
    "prompt 0",
    "timeout 0",
    "label ramdisk",
    `kernel ${folder}/${BOOT_FILES.kernel}`,
    `append initrd=${folder}/${BOOT_FILES.initramfs} ${checkedLine(boot.params)}`,
    "ipappend 2",
    "",
  ].join("\n");
}

/** For UEFI; paths are on the server that GRUB itself came from. */
export function grubConfig(boot: RamdiskBoot): string {
  const folder = folderOf(boot.base);
  checkedLine(boot.params);
  const words = boot.params.map(grubWord).join(" ");
  return [
    "set default=0",
    "set timeout=0",
    "menuentry 'ramdisk' {",
    `  linux /${folder}/${BOOT_FILES.kernel} ${words} ${GRUB_BOOTIF}`,
    `  initrd /${folder}/${BOOT_FILES.initramfs}`,
    "}",
    "",
  ].join("\n");
}

/** Single quotes keep GRUB's shell from seeing anything; GRUB puts quotes of the kernel's around words with blanks. */
export function grubWord({ name, value }: KernelParam): string {
  const word = value === null ? name : `${name}=${value}`;
  return /^[A-Za-z0-9_.,:/=-]+$/.test(word) ? word : `'${word}'`;
}

function checkedLine(params: readonly KernelParam[]): string {
  for (const param of params) checkParam(param, "The ramdisk's command line");
  return commandLine(params);
}

function checkedBase(base: string): string {
  if (!BASE.test(base))
    throw InvalidParameterValue({
      reason: `The base URL of the boot files, "${base.slice(0, 120)}", cannot stand in a boot script; set [deploy]http_url to http://HOST:PORT.`,
    });
  return base;
}

/** `boot/TOKEN`: the same path over TFTP and HTTP. */
function folderOf(base: string): string {
  return new URL(checkedBase(base)).pathname.replace(/^\/+/, "");
}
