/** Methods that attach, detach and list a node's virtual interfaces (VIFs): what they mean is the network interface's. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { VifAttachment } from "../../drivers/base/interfaces.ts";
import type { Core } from "../core.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

export function vifMethods(core: Core): Pick<Handlers, "vifAttach" | "vifDetach" | "vifList"> {
  return {
    vifAttach: (p, context) =>
      withNode(core, p.node, { purpose: "attach vif", context }, async (task) => {
        const vifs = await vifsOf(task, "vif_attach");
        await task.ensureLock();
        await vifs.attach(task, p.vif);
      }),
    vifDetach: (p, context) =>
      withNode(core, p.node, { purpose: "detach vif", context }, async (task) => {
        const vifs = await vifsOf(task, "vif_detach");
        await task.ensureLock();
        await vifs.detach(task, p.vif_id);
      }),
    vifList: (p, context) =>
      withNode(core, p.node, { purpose: "list vifs", context, shared: true }, async (task) =>
        (await vifsOf(task, "vif_list")).list(task),
      ),
  };
}

/** @throws UnsupportedDriverExtension, and what the validation of the network interface throws */
async function vifsOf(task: NodeTask, extension: string): Promise<VifAttachment> {
  const { network } = task.driver;
  await network.validate(task);
  if (network.vifs === undefined) throw UnsupportedDriverExtension({ driver: task.node.driver, extension });
  return network.vifs;
}
