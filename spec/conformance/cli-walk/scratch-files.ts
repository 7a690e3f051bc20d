/** Files that subcommands read or write. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ScratchFiles {
  readonly folder: string;
  /** Resources for `create`: a chassis with a node with a port in it. */
  readonly resources: string;
  /** Where `node inventory save` writes. */
  readonly inventory: string;
}

export function scratchFiles(): ScratchFiles {
  const folder = mkdtempSync(join(tmpdir(), "ferric-cli-"));
  const resources = join(folder, "resources.json");
  const node = { name: "from-file", driver: "fake-hardware", ports: [{ address: "52:54:00:c1:00:20" }] };
  writeFileSync(resources, JSON.stringify({ chassis: [{ description: "from a file", nodes: [node] }] }));
  return { folder, resources, inventory: join(folder, "inventory.json") };
}
