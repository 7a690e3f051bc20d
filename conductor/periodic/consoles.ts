/** Switches off consoles that have outlived their time: those whose token opens nothing any more. */
import { NodeNotFound } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { switchConsole } from "../switch-console.ts";
import { nodesWhere } from "./node-pages.ts";
import { eachOf } from "./scheduler.ts";
import { visit } from "./visit.ts";

const AT_ONCE = 8;
const VISIT = {
  purpose: "end of console",
  trouble: "a console that is over could not be switched off; the next pass tries again",
};

export async function consolePass(core: Core): Promise<void> {
  const passing = [...core.catalogue.consoles()].filter(([, console]) => console.isOver !== undefined);
  if (passing.length === 0) return;
  const where: readonly Condition[] = [
    { field: "console_enabled", is: true },
    { field: "console_interface", in: passing.map(([name]) => name) },
  ];
  const on = await nodesWhere(core, where, ["console_interface"], await core.members.owned());
  await eachOf(on, AT_ONCE, async (node) => {
    if (!(await isOver(core, node))) return;
    await visit(core, node.uuid, VISIT, async (task) => {
      if (!task.node.console_enabled || task.driver.console.isOver?.(task.node) !== true) return;
      await task.ensureLock();
      await switchConsole(task, "off");
      task.log.info({}, "a console was switched off: its token has expired");
    });
  });
}

/** Without the lock: most are not. */
async function isOver(core: Core, { uuid, console_interface: name }: Node): Promise<boolean> {
  try {
    const node = await core.stores.nodes.getRevealed(uuid, { fields: ["driver_internal_info"] });
    return (
      core.catalogue
        .consoles()
        .get(name ?? "")
        ?.isOver?.(node) === true
    );
  } catch (error) {
    if (!NodeNotFound.matches(error)) core.log.warn({ error, node: uuid }, VISIT.trouble);
    return false;
  }
}
