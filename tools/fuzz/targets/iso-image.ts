/** ISO images of config drives: named what is wrong with them, and nothing in them leaves the folder of the config drive's files. */
import { gzipSync } from "node:zlib";
import { defaultConfig } from "../../../common/config/config.ts";
import { InstanceDeployFailure } from "../../../common/errors/driver.ts";
import { configDrivePost } from "../../../drivers/anaconda/config-drive-post.ts";
import { buildIso } from "../../../drivers/media/iso9660.ts";
import { IsoUnreadable, readIso } from "../../../drivers/media/read-iso9660.ts";
import type { Random } from "../../fault-matrix/random.ts";
import { pythonLines } from "../python-lines.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const SECTOR = 2048;
/** Of zeros before the first descriptor: inputs are without them. */
const UNUSED = Buffer.alloc(16 * SECTOR);
const MOST_CONTENT = 64 * 1024 ** 2;
const SEED_FOLDER = "/var/lib/cloud/seed/config_drive/";

const FILES = [
  { path: "openstack/latest/meta_data.json", content: Buffer.from('{"uuid": "u"}') },
  { path: "openstack/latest/user_data", content: Buffer.from("#!/bin/sh\n%end\n") },
  { path: "openstack/content/0000", content: Buffer.alloc(0) },
  { path: "it's", content: Buffer.from("'") },
];
const whole = buildIso("config-2", FILES).head.subarray(UNUSED.length);
const plain = withPlace(whole, 88, Buffer.alloc(3), 1);

/** A place of the descriptor `index`, which begins a sector, overwritten. */
function withPlace(image: Buffer, place: number, bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(image);
  bytes.copy(copy, index * SECTOR + place);
  return copy;
}

/** Entry NM of Rock Ridge: a name; in place of the records that `plain` has in its root. */
function rockRidge(names: readonly string[]): Buffer {
  const copy = Buffer.from(plain);
  const root = copy.readUInt32LE(156 + 2) * SECTOR - UNUSED.length;
  let at = root + 68;
  for (const name of names) {
    const entry = Buffer.concat([Buffer.from("NM"), Buffer.from([5 + name.length, 1, 0]), Buffer.from(name)]);
    const record = Buffer.alloc(34 + entry.length + (entry.length % 2));
    record[0] = record.length;
    record.writeUInt32LE(20, 2);
    record.writeUInt32LE(name.length, 10);
    record.set([1, 65], 32);
    entry.copy(record, 34);
    record.copy(copy, at);
    at += record.length;
  }
  return copy;
}

/** Where records of folders and descriptors' roots are, as far as they look like it. */
function recordsOf(image: Buffer): readonly number[] {
  const roots = [0, 1, 2].map((index) => index * SECTOR + 156);
  const found = roots.filter((at) => at + 34 <= image.length);
  for (let sector = 0; sector + SECTOR <= image.length; sector += SECTOR) {
    for (let at = sector; at < sector + SECTOR - 34; ) {
      const length = image[at] ?? 0;
      if (length < 34 || 33 + (image[at + 32] ?? 0) > length) break;
      found.push(at);
      at += length;
    }
  }
  return found;
}

/** One field of one record. */
function mutate(input: Buffer, random: Random): Buffer | null {
  const places = recordsOf(input);
  if (places.length === 0) return null;
  const copy = Buffer.from(input);
  const at = random.of(places);
  const way = random.next();
  const sectors = (input.length + UNUSED.length) / SECTOR;
  if (way < 0.3) copy.writeUInt32LE(Math.floor(random.next() * (sectors + 1)), at + 2);
  else if (way < 0.5) copy.writeUInt32LE(random.of([0, 1, 34, SECTOR, SECTOR * 8, input.length, 0xffffffff]), at + 10);
  else if (way < 0.6) copy[at + 25] = (copy[at + 25] ?? 0) ^ random.of([1, 2, 4, 128]);
  else if (way < 0.65) copy[at + 32] = random.of([0, 1, 2, 3, 220, 255]);
  else if (way < 0.7) copy[at] = random.of([0, 33, 34, 35, 255]);
  else {
    const name = random.of(NAMES);
    Buffer.from(name).copy(copy, at + 33, 0, Math.min(name.length, copy[at + 32] ?? 0));
  }
  return copy;
}

const wide = (text: string) => Buffer.from(text, "utf16le").swap16();
const NAMES = [
  ...[
    "..",
    ".",
    "/",
    "../",
    "a/b",
    "\n%end\n",
    "\u2028%end\u2028",
    "\x85",
    "'",
    "'\\''",
    ";1",
    "\0",
    "\ud800",
    "$(id)",
  ],
].flatMap((text) => [wide(text), Buffer.from(text)]);

/** What a shell makes of the words behind `lead`, of which each must stand between single quotes. */
function unquoted(line: string, lead: string): string {
  hold(line.startsWith(lead), `a line that is not ${lead}`);
  const word = line.slice(lead.length).replace(/ <<'FERRIC_END'$/, "");
  hold(/^'[^']*'(?:\\''[^']*')*$/.test(word), `a path that is no single word: ${word.slice(0, 80)}`);
  return word.replaceAll("'\\''", "\0").replaceAll("'", "").replaceAll("\0", "'");
}

function holdSections(kickstart: string, paths: readonly string[]): void {
  const lines = pythonLines(kickstart);
  const written: string[] = [];
  let inContent = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("base64 --decode > ")) {
      written.push(unquoted(line, "base64 --decode > "));
      unquoted(lines[index - 1] ?? "", "mkdir -p -- ");
      inContent = true;
    } else if (line === "FERRIC_END") inContent = false;
    else if (inContent) hold(/^[A-Za-z0-9+/=]{1,76}$/.test(line), "content that is no base64");
    else hold(/^(?:|%post --erroronfail|umask 077|mkdir -p -- '.*'|%end)$/.test(line), `a line "${line.slice(0, 80)}"`);
  }
  const wanted = paths.map((path) => `${SEED_FOLDER}${path}`);
  hold(JSON.stringify(written) === JSON.stringify(wanted), "other files than the image has");
}

const config = defaultConfig();
const { signal } = new AbortController();

const iso: Target = {
  name: "ISO image",
  what: "drivers/media/read-iso9660.ts: a config drive's files, and the sections of a kickstart that write them",
  seeds: [
    whole,
    plain,
    rockRidge(["short", "it's", "a".repeat(100)]),
    rockRidge(["short", "../../x"]),
    withPlace(whole, 128, Buffer.from([0, 2]), 0),
    withPlace(whole, 0, Buffer.from([255]), 0),
    Buffer.alloc(0),
  ],
  words: ["CD001", "%/E", "%/@", "NM", "\xff", "\x01", "\x02", ...NAMES],
  mutate,
  async run(input) {
    const image = Buffer.concat([UNUSED, input]);
    const files = unlessRefused(
      () => readIso(image),
      (error) => error instanceof IsoUnreadable,
    );
    const paths = (files ?? []).map(({ path }) => path);
    const total = (files ?? []).reduce((sum, { content }) => sum + content.length, 0);
    hold(new Set(paths).size === paths.length, "a file twice");
    hold(total <= MOST_CONTENT, "more content than is allowed");
    for (const { path, content } of files ?? []) {
      hold(!path.split("/").some((part) => ["", ".", ".."].includes(part)), `the path ${path.slice(0, 80)}`);
      hold(pythonLines(path).length === 1 && !path.includes("\0"), "a path of several lines");
      hold(content.length === 0 || content.buffer === image.buffer, "content that is not of the image");
    }
    // Base64 of many files that name the same sectors takes long, as it must.
    if (total > 1024 ** 2) return;
    const configdrive = gzipSync(image, { level: 1 }).toString("base64");
    const post = configDrivePost({ uuid: "u", instance_info: { configdrive } }, config, signal);
    const kickstart = await post.catch((error: unknown) => {
      if (InstanceDeployFailure.matches(error)) return null;
      throw error;
    });
    hold((kickstart === null) === (files === undefined), "the kickstart takes another image than its reader");
    if (kickstart !== null) holdSections(kickstart, paths);
  },
};

export const isoTargets: readonly TargetKind[] = [{ name: iso.name, open: () => iso }];
