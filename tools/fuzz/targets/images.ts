/** The first bytes of images: what refers to other files never passes, here or in the agent, whatever else is in the header. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImageUnacceptable } from "../../../common/errors/driver.ts";
import { inspectImage } from "../../../conductor/images/format.ts";
import { inspectQcow2 } from "../../../conductor/images/qcow2.ts";
import { AgentError } from "../../../ipa-agent/errors.ts";
import { parseQcow2 } from "../../../ipa-agent/image/qcow2-header.ts";
import { sniffFormat } from "../../../ipa-agent/image/sniff.ts";
import { qcow2Image } from "../../../spec/support/image-server.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

class Refused extends Error {}

const EXTERNAL_DATA = 0b100n;

/** What must never pass, looked for without the parsers. */
function refersToOthers(head: Buffer): boolean {
  if (head.length < 72 || head.toString("latin1", 0, 4) !== "QFI\xfb") return false;
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0) return true;
  return head.readUInt32BE(4) === 3 && head.length >= 80 && (head.readBigUInt64BE(72) & EXTERNAL_DATA) !== 0n;
}

const header = (change: (head: Buffer) => void) => {
  const head = Buffer.from(qcow2Image(1024).subarray(0, 512));
  change(head);
  return head;
};
const withMark = (mark: string, at: number, size = at + 600) => {
  const head = Buffer.alloc(size);
  head.write(mark, at, "latin1");
  return head;
};

const SEEDS = [
  header(() => {}),
  header((head) => head.writeUInt32BE(2, 4)),
  header((head) => head.writeBigUInt64BE(512n, 8)),
  header((head) => head.writeBigUInt64BE(EXTERNAL_DATA, 72)),
  header((head) => {
    head.writeUInt32BE(104, 100);
    head.writeUInt32BE(0x44415441, 104);
    head.writeUInt32BE(8, 108);
  }),
  header((head) => head.writeUInt32BE(0x6803f857, 104)),
  withMark("EFI PART", 512),
  withMark("CD001", 0x8001, 0x8800),
  withMark("KDMV", 0),
  withMark('# Disk DescriptorFile\nversion=1\nRW 1 FLAT "/etc/passwd" 0\n', 0),
  withMark("conectix", 0),
  withMark("\x55\xaa", 510),
];
const WORDS = ["QFI\xfb", "KDMV", "vhdxfile", "conectix", "QED\0", "LUKS\xba\xbe", "EFI PART", "CD001"].map((mark) =>
  Buffer.from(mark, "latin1"),
);
const NUMBERS = [0x44415441, 0xe2792aca, 0x6803f857, 0xffffffff, 104, 112].map((value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
});

const qcow2: Target = {
  name: "qcow2 header",
  what: "conductor/images/qcow2.ts and ipa-agent/image/qcow2-header.ts, side by side",
  seeds: SEEDS,
  words: [...WORDS, ...NUMBERS],
  run(input) {
    const isRefusal = (error: unknown) => error instanceof Refused || error instanceof AgentError;
    const here = unlessRefused(() => inspectQcow2(input, (reason) => new Refused(reason)), isRefusal);
    const there = unlessRefused(() => parseQcow2(input, "image"), isRefusal);
    sniffFormat(input);
    if (refersToOthers(input)) hold(here === undefined && there === undefined, "it refers to another file, and passed");
    for (const passed of [here, there])
      hold(
        passed === undefined || (passed.virtualSize > 0 && Number.isFinite(passed.virtualSize)),
        "a disk without a size",
      );
    // The conductor is asked for what begins as a qcow2 image does; the agent checks that again.
    const begins = input.toString("latin1", 0, 4) === "QFI\xfb";
    if (begins && there !== undefined && there.virtualSize < 2 ** 53)
      hold(here !== undefined && here.virtualSize === there.virtualSize, "the agent takes what the conductor refuses");
  },
};

function files(): Target {
  const folder = mkdtempSync(join(tmpdir(), "ferric-fuzz-"));
  const path = join(folder, "image");
  return {
    name: "image file",
    what: "conductor/images/format.ts: a file on disk, its format found",
    seeds: [...SEEDS, Buffer.alloc(1), Buffer.concat([Buffer.alloc(1024), Buffer.from("conectix"), Buffer.alloc(504)])],
    words: WORDS,
    async run(input) {
      writeFileSync(path, input);
      const info = await inspectImage(path).catch((error: unknown) => {
        if (ImageUnacceptable.matches(error)) return null;
        throw error;
      });
      if (info === null) return;
      hold(!refersToOthers(input), `it refers to another file, and passed as ${info.format}`);
      hold(info.size === input.length, "another size");
      hold(info.format !== "raw" || input.toString("latin1", 0, 4) !== "QFI\xfb", "a qcow2 image passed as raw");
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}

export const imageTargets: readonly TargetKind[] = [
  { name: qcow2.name, open: () => qcow2 },
  { name: "image file", open: files },
];
