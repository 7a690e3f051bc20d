/** `ferric db rotate-key`: all stored secrets under the first key. */
import type { Config } from "../../../common/config/config.ts";
import type { KeyRing } from "../../../common/encryption/key-ring.ts";
import { addKey } from "../../../common/encryption/key-source.ts";
import { type Schema, schemaState } from "../../../db/migrate.ts";
import { forgetUnused, keyFileOf, keysAsFound, openKeys } from "../../../db/secrets/open-keys.ts";
import { type Counts, countByKey, type Resealed, reseal } from "../../../db/secrets/reseal.ts";
import { configure, logOf } from "../../configure.ts";
import { refusePositionals, UsageError } from "../../flags.ts";
import { listenForStop } from "../../signals.ts";
import { look } from "./opened.ts";

const PROGRESS_MS = 1000;

export async function rotateKey(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false, switches: ["dry-run", "new-key", "forget-damaged"] });
  refusePositionals(flags);
  return await look(config, async (schema) => {
    await requireSchema(schema);
    if (flags.switches.has("dry-run")) return await dryRun(schema, config, flags.switches.has("new-key"));
    if (flags.switches.has("new-key")) makeKey(config);
    const ring = await openKeys(schema, config, logOf(config));
    return await rotate(schema, ring, flags.switches.has("forget-damaged"));
  });
}

async function requireSchema(schema: Schema): Promise<void> {
  const { missing } = await schemaState(schema);
  if (missing.length > 0)
    throw new Error(
      `the database's schema is older than this program: run "ferric db upgrade" or start the service first`,
    );
}

/** @throws UsageError where the first key does not come from a file */
function makeKey(config: Config): void {
  const file = keyFileOf(config);
  if (file === null || config.secrets.encryption_keys !== null)
    throw new UsageError(
      "--new-key writes into a key file, and the keys come from [secrets]encryption_keys: put a new key first there",
    );
  if (!config.secrets.encrypt) throw new UsageError("--new-key makes no sense with [secrets]encrypt = false");
  say(`${file} has a new first key, ${addKey(file).id}. Copy the file to where this service's other processes run.`);
}

async function dryRun(schema: Schema, config: Config, newKey: boolean): Promise<number> {
  const found = keysAsFound(config);
  const target = config.secrets.encrypt ? (newKey ? "a new key" : (found.ids[0] ?? "a new key")) : "no key";
  for (const [id, count] of await countByKey(schema)) {
    const place = id === null || found.missing([id]).length === 0 ? "" : `, which is NOT in ${found.sourceName}`;
    say(id === null ? `${count} secrets are plain` : `${count} secrets are encrypted with key ${id}${place}`);
  }
  say(`They would all be brought under ${target}.`);
  return 0;
}

async function rotate(schema: Schema, ring: KeyRing, forgetDamaged: boolean): Promise<number> {
  const wanted = ring.primary?.id ?? null;
  const total = remaining(await countByKey(schema), wanted);
  const stop = listenForStop();
  const result = await reseal(schema, ring, { forgetDamaged, signal: stop.signal, onProgress: progress(total) });
  await schema.engine.write(() => forgetUnused(schema, ring), { turn: "schema" });
  tell(result, forgetDamaged);
  const counts = await countByKey(schema);
  const left = remaining(counts, wanted);
  if (stop.signal.aborted) return fail(`Interrupted: ${left} secrets are not under the key yet. Run it again.`);
  if (left > 0)
    return fail(
      `${left} secrets are not under the key: restart the service's processes, which write with theirs, and run it again.`,
    );
  say(wanted === null ? "All stored secrets are plain now." : `All stored secrets are encrypted with key ${wanted}.`);
  tellUnused(ring, counts);
  return result.damaged.length === 0 || forgetDamaged ? 0 : 1;
}

function remaining(counts: Counts, wanted: string | null): number {
  return [...counts].reduce((sum, [id, count]) => (id === wanted ? sum : sum + count), 0);
}

function progress(total: number): (done: number) => void {
  let told = performance.now();
  return (done) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    process.stderr.write(`${done} of ${total} secrets\n`);
  };
}

function tell({ done, damaged }: Resealed, forgotten: boolean): void {
  say(`${done} secrets were brought under the key.`);
  for (const text of damaged) say(forgotten ? `Forgotten: ${text}` : text);
}

function tellUnused(ring: KeyRing, counts: Counts): void {
  const unused = ring.ids.filter((id) => id !== ring.primary?.id && !counts.has(id));
  if (unused.length === 0) return;
  say(
    `Key ${unused.join(", ")} encrypts nothing any more. Once all processes have been restarted and this command found nothing to do, take it out of ${ring.sourceName}, but keep it as long as backups need it.`,
  );
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
