/** Policy files are looked for beside the configuration file, as oslo.config does: a file that is there is never overlooked. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Config } from "./config.ts";

const POLICY_FILES = ["policy.yaml", "policy.yml", "policy.json"];
const POLICY_FOLDER = "policy.d";

/** `files`: the configuration's, the last one first asked. */
export function withPolicyFiles(config: Config, files: readonly string[]): Config {
  const folders = files.map((file) => dirname(file)).reverse();
  const { policy_file, policy_dirs } = config.oslo_policy;
  const file = policy_file === null ? firstOf(folders, POLICY_FILES) : beside(folders, policy_file);
  const dirs =
    policy_dirs.length === 0
      ? [firstOf(folders, [POLICY_FOLDER])].filter((found) => found !== null)
      : policy_dirs.map((dir) => beside(folders, dir));
  return { ...config, oslo_policy: { ...config.oslo_policy, policy_file: file, policy_dirs: dirs } };
}

function firstOf(folders: readonly string[], names: readonly string[]): string | null {
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path)) ?? null;
}

/** What is nowhere stays as it is written: whoever reads it says that it is missing. */
function beside(folders: readonly string[], path: string): string {
  return isAbsolute(path) ? path : (firstOf(folders, [path]) ?? path);
}
