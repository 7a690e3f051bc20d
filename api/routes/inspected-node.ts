/** Whose inspection data a ramdisk sends: the node by UUID, its ports' addresses and its BMC's, none of which may disagree. */
import { LOOKUP_BMC_ADDRESSES } from "../../common/bmc-addresses.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Condition } from "../../db/contract.ts";
import { CALLER_COLUMNS, notFound, type RamdiskCall } from "./ramdisk-answer.ts";

export interface Clues {
  readonly uuid: string | undefined;
  /** As `validMacs` writes them. */
  readonly macs: readonly string[];
  /** As `bmcAddress` writes them. */
  readonly bmcs: readonly string[];
}

type Reader = Pick<RamdiskCall, "services">;

const READING = { fields: [...CALLER_COLUMNS, "driver_internal_info"] };

/**
 * A BMC's address tells only among nodes that wait for the data, where the inspection has kept it; one that leads to none
 * of them says nothing. Several nodes may be behind one. @throws NotFound
 */
export async function inspectedNode(call: Reader, clues: Clues): Promise<Node> {
  const named = await namedNode(call, clues);
  const isKnown = named !== null && clues.bmcs.some((address) => knows(named, address));
  const behind = isKnown ? [named] : await nodesBehind(call, clues.bmcs);
  const [only, ...others] = behind;
  const node = named ?? (others.length === 0 ? only : undefined);
  if (node?.provision_state !== "inspect wait") throw notFound();
  if (behind.length > 0 && !behind.some(({ uuid }) => uuid === node.uuid)) throw notFound();
  return node;
}

/** By UUID and ports; null when neither is known. */
async function namedNode({ services }: Reader, { uuid, macs }: Clues): Promise<Node | null> {
  const { nodes } = services.stores;
  const [byPort = null, ...others] = macs.length === 0 ? [] : await nodes.byAddresses(macs, READING);
  if (others.length > 0) throw notFound();
  if (uuid === undefined) return byPort;
  const node = await nodes.find(uuid, READING);
  if (node === null || (byPort !== null && byPort.uuid !== node.uuid)) throw notFound();
  return node;
}

async function nodesBehind({ services }: Reader, bmcs: readonly string[]): Promise<readonly Node[]> {
  if (bmcs.length === 0) return [];
  const texts = bmcs.map((address): readonly Condition[] => [
    { field: "driver_internal_info", contains: JSON.stringify(address) },
  ]);
  const where: readonly Condition[] = [{ field: "provision_state", is: "inspect wait" }, { anyOf: texts }];
  const found = await services.stores.nodes.list({ ...READING, where });
  return found.filter((node) => bmcs.some((address) => knows(node, address)));
}

function knows({ driver_internal_info }: Node, address: string): boolean {
  const known = driver_internal_info[LOOKUP_BMC_ADDRESSES];
  return Array.isArray(known) && known.includes(address);
}
