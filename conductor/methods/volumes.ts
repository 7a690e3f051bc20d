/** Methods that change and delete volume connectors and targets: a running machine keeps what it booted from. */
import { InvalidStateRequested } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { State } from "../../common/states.ts";
import type { Core } from "../core.ts";
import { withNode } from "../with-node.ts";

type Volumes = Pick<
  Handlers,
  "updateVolumeConnector" | "destroyVolumeConnector" | "updateVolumeTarget" | "destroyVolumeTarget"
>;

const DELETE_STATES: readonly State[] = ["manageable", "enroll", "adopt failed"];

export function volumeMethods(core: Core): Volumes {
  const { nodes, volumeConnectors, volumeTargets } = core.stores;
  const checkUpdate = async (node: Node, target: string | undefined, action: string) => {
    requireOff(node, action);
    if (target !== undefined && target !== node.uuid) requireOff(await nodes.get(target), action);
  };
  return {
    updateVolumeConnector: (p, context) =>
      withNode(core, p.node, { purpose: "volume connector update", context }, async (task) => {
        await checkUpdate(task.node, p.changes.node_uuid, "volume connector update");
        await task.ensureLock();
        return volumeConnectors.update(p.connector, p.changes);
      }),
    destroyVolumeConnector: (p, context) =>
      withNode(core, p.node, { purpose: "volume connector deletion", context }, async (task) => {
        checkDestroy(task.node, "volume connector deletion");
        await task.ensureLock();
        await volumeConnectors.destroy(p.connector);
      }),
    updateVolumeTarget: (p, context) =>
      withNode(core, p.node, { purpose: "volume target update", context }, async (task) => {
        await checkUpdate(task.node, p.changes.node_uuid, "volume target update");
        await task.ensureLock();
        return volumeTargets.update(p.target, p.changes);
      }),
    destroyVolumeTarget: (p, context) =>
      withNode(core, p.node, { purpose: "volume target deletion", context }, async (task) => {
        checkDestroy(task.node, "volume target deletion");
        await task.ensureLock();
        await volumeTargets.destroy(p.target);
      }),
  };
}

/** @throws InvalidStateRequested */
function requireOff(node: Node, action: string): void {
  if (node.power_state !== "power off")
    throw InvalidStateRequested({ action, node: node.uuid, state: node.power_state ?? "power state unknown" });
}

/** @throws InvalidStateRequested */
function checkDestroy(node: Node, action: string): void {
  if (!DELETE_STATES.includes(node.provision_state)) requireOff(node, action);
}
