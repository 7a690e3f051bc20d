/** A system for QEMU with a login on its serial line: kernel and programs of the deploy ramdisk, and an init that starts a getty. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ramdisk } from "./ramdisk.ts";

export const GUEST = { hostname: "line-guest", user: "root", password: "serial-word", prompt: "line-guest# " } as const;

const ZSTD = Buffer.from("28b52ffd", "hex");
const MOST_BYTES = 1 << 30;
/** What the guest has no use for, and which would take an emulated processor long to unpack. */
const LEFT_OUT = [
  ...["node", "qemu-img", "udevadm", "zstd"].map((name) => `usr/bin/${name}`),
  ...["fs", "net", "drivers/[!c]*"].map((name) => `usr/lib/modules/*/kernel/${name}/*`),
  ...["gnutls", "unistring", "stdc++", "glib", "p11-kit"].map((name) => `usr/lib/x86_64-linux-gnu/lib${name}*`),
];

const INIT = `#!/bin/busybox sh
export PATH=/bb:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
busybox mkdir -p /bb /root /tmp /run
busybox --install -s /bb
hostname ${GUEST.hostname}
dmesg -n 1
modprobe -qa ipmi_si ipmi_devintf &
while :; do setsid getty -l /login -L ttyS0 115200 vt100; done
`;
const LOGIN = `#!/bin/busybox sh
exec /bb/login "$@"
`;
const SHELL = `#!/bin/busybox sh
export PATH=/bb:/usr/sbin:/usr/bin:/sbin:/bin PS1='${GUEST.prompt}'
exec busybox sh -i
`;

/** In `folder`; the modules of the IPMI interface are in it too, and ipmitool. */
export function loginGuest({ kernel, initramfs }: Ramdisk, folder: string): Ramdisk {
  const tree = mkdtempSync(join(tmpdir(), "ferric-guest-"));
  try {
    const hash = execFileSync("busybox", ["mkpasswd", "-m", "sha512", "-S", "saltsaltsalt", "-P", "0"], {
      input: `${GUEST.password}\n`,
      encoding: "utf8",
    }).trim();
    unpack(readFileSync(initramfs), tree);
    for (const name of ["etc", "root", "tmp", "bb"]) mkdirSync(join(tree, name), { recursive: true });
    writeFileSync(join(tree, "etc/passwd"), `${GUEST.user}:${hash}:0:0:root:/root:/shell\n`);
    writeFileSync(join(tree, "etc/group"), "root:x:0:\n");
    for (const [name, text] of Object.entries({ init: INIT, login: LOGIN, shell: SHELL })) {
      writeFileSync(join(tree, name), text);
      chmodSync(join(tree, name), 0o755);
    }
    const names = execFileSync("find", [".", "-mindepth", "1"], { cwd: tree });
    const make = ["--create", "--format=newc", "--quiet", "--owner=0:0"];
    const whole = join(folder, "guest.initramfs");
    writeFileSync(whole, execFileSync("cpio", make, { cwd: tree, input: names, maxBuffer: MOST_BYTES }));
    return { kernel, initramfs: whole };
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** The ramdisk is an archive with agent and init, and behind it a compressed one with everything else. */
function unpack(initramfs: Buffer, tree: string): void {
  const at = initramfs.indexOf(ZSTD);
  const archive = execFileSync("zstd", ["-dcq"], { input: initramfs.subarray(at), maxBuffer: MOST_BYTES });
  execFileSync("cpio", ["--extract", "--make-directories", "--quiet", "--nonmatching", ...LEFT_OUT], {
    cwd: tree,
    input: archive,
  });
}
