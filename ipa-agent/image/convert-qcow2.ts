/**
 * Writes an inspected qcow2 image to a disk with qemu-img, in a child process with limited memory, processor time and files. Without
 * being told that the target is zero, qemu-img writes the holes as zeros; that is what keeps old data from showing.
 */
import { access } from "node:fs/promises";
import { wipeTables } from "../disk/wipe.ts";
import { imageWriteError, reasonText } from "../errors.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import type { Progress } from "../progress.ts";
import { runProgram } from "../run-program.ts";

const ADDRESS_SPACE = 2 * 1024 ** 3;
const TIME_LIMIT_MS = 4 * 3600 * 1000;
const LIMITS = [`--as=${ADDRESS_SPACE}`, `--cpu=${TIME_LIMIT_MS / 1000}`, "--nofile=64", "--core=0"];

/** `virtualSize` bytes of the disk hold the image afterwards. Throws ImageWriteError; the tables are wiped then. */
export async function convertQcow2(
  source: string,
  device: BlockDevice,
  virtualSize: number,
  options: { progress: Progress; signal?: AbortSignal },
): Promise<void> {
  const [file = "qemu-img", ...first] = await limited("qemu-img");
  const args = [
    ...first,
    "convert",
    "-n",
    "-p",
    "-W",
    ...["-f", "qcow2"],
    ...["-O", device.isDevice ? "host_device" : "raw"],
    ...["-t", device.isDevice ? "none" : "writeback"],
    source,
    device.path,
  ];
  let told = 0;
  const onOutput = (text: string) => {
    for (const match of text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)) {
      const done = Math.floor((Number(match[1]) / 100) * virtualSize);
      if (done <= told || done >= virtualSize) continue;
      told = done;
      options.progress.bytes("image.write", done, virtualSize);
    }
  };
  try {
    await runProgram(file, args, {
      timeout: TIME_LIMIT_MS,
      // Many malloc arenas would count against the address space limit.
      env: { MALLOC_ARENA_MAX: "3" },
      onOutput,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    await wipeTables(device);
    throw imageWriteError(`${device.path}: ${reasonText(error)}`, error);
  }
  options.progress.bytes("image.write", virtualSize, virtualSize);
}

async function limited(program: string): Promise<readonly string[]> {
  for (const prlimit of ["/usr/bin/prlimit", "/bin/prlimit"]) {
    const there = await access(prlimit).then(
      () => true,
      () => false,
    );
    if (there) return [prlimit, ...LIMITS, "--", program];
  }
  throw imageWriteError(
    `there is no prlimit in this ramdisk, and without limits ${program} is not run; add util-linux`,
  );
}
