import assert from "node:assert/strict";
import { startChild } from "./support/child.ts";
import { isServer, onEachDatabase, type RawDatabase } from "./support/databases.ts";

onEachDatabase("a process killed while it writes", (databases) => {
  for (const acknowledged of [5, 120, 400])
    it(`loses no acknowledged write (killed with -9 after ${acknowledged})`, async function () {
      this.timeout(60_000);
      const child = startChild("createForEver", databases.kind, await databases.connection());
      const said: string[] = [];
      for await (const line of child.lines) {
        said.push(line);
        if (said.length === acknowledged) child.process.kill("SIGKILL");
      }
      assert.equal(await child.ended, null, "killed, not ended");
      assert.ok(said.length >= acknowledged);

      const { nodes } = await databases.open();
      const found = new Map((await nodes.list()).map((node) => [node.uuid, node]));
      for (const line of said) {
        const [what, uuid = ""] = line.split(" ");
        const node = found.get(uuid);
        assert.ok(node !== undefined, `${line} is lost`);
        if (what === "locked") assert.equal(node.lock_number, 1, line);
        if (what === "saved") assert.deepEqual((await nodes.getRevealed(uuid)).driver_info, { password: uuid }, line);
      }
      if (!isServer(databases.kind)) await checkFile(await databases.raw());
    });
});

async function checkFile(raw: RawDatabase): Promise<void> {
  assert.deepEqual(await raw.rows("pragma integrity_check"), [["ok"]]);
  assert.deepEqual(await raw.rows("pragma foreign_key_check"), []);
}
