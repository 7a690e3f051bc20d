/** Puts the podman that only writes down what it is told on the path of a folder. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PodmanCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The file of --authfile, as it was during the call. */
  readonly auth: { readonly path: string; readonly mode: number; readonly text: string } | null;
  /** The file that is mounted for reading. */
  readonly keys: { readonly path: string; readonly mode: number; readonly text: string } | null;
}

export type PodmanPlan = Readonly<
  Record<string, { readonly code?: number; readonly stderr?: string; readonly hangs?: boolean }>
>;

export interface StandInPodman {
  /** For the process that calls podman. */
  readonly env: Readonly<Record<string, string>>;
  calls(): Promise<readonly PodmanCall[]>;
  /** How later calls end, by command; others succeed. */
  plan(plan: PodmanPlan): Promise<void>;
  /** What a successful installation leaves at the start of the disk. */
  leaves(start: Buffer): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./stand-in-podman.mjs", import.meta.url));

export async function standInPodman(folder: string): Promise<StandInPodman> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "podman"), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  await chmod(join(bin, "podman"), 0o755);
  const env = { FERRIC_STAND_IN: folder, PATH: `${bin}:${process.env.PATH ?? ""}` };
  return {
    env,
    calls: async () => {
      const text = await readFile(join(folder, "calls.jsonl"), "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as PodmanCall);
    },
    plan: (plan) => writeFile(join(folder, "plan.json"), JSON.stringify(plan)),
    leaves: (start) => writeFile(join(folder, "disk-start.bin"), start),
  };
}
