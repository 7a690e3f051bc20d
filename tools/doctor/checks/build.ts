/** What a start runs: the built program, or the sources, which take four times as long and more memory. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { builtProgram, PROGRAM, ROOT } from "../../built-program.mjs";
import { isBuilt } from "../../needs-sources.ts";
import { type Check, type Finding, pass, warn } from "../check.ts";

/** `root`: of the sources that run, where it is they. */
export function program(plugins: readonly string[], root: string): Finding {
  if (plugins.length > 0) return pass(`the sources run, as [DEFAULT]driver_plugins names ${plugins.join(", ")}`);
  if (builtProgram("serve", root) !== null) return pass("the built program runs");
  if (!existsSync(join(root, PROGRAM)))
    return pass("the sources run; after `npm run build` a start takes a quarter of the time");
  return warn("the built program is older than the sources, which run in its place", "npm run build");
}

export const build: Check = {
  name: "build",
  run: async ({ config }) => [
    isBuilt() ? pass("the built program runs") : program(config.DEFAULT.driver_plugins, ROOT),
  ],
};
