/** What standby.get_partition_uuids tells of a disk: its identifier and its EFI system partition. */
import type { PartitionUuids } from "../../common/agent-protocol.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import { withDiskRead } from "./device-io.ts";
import { ESP_TYPE, partitionsOf, readGpt } from "./gpt.ts";
import { readMbr } from "./mbr.ts";

export async function partitionUuids(device: BlockDevice): Promise<PartitionUuids> {
  return withDiskRead(device, async (file) => {
    const gpt = await readGpt(file, device.sectorSize);
    if (gpt !== null) {
      const esp = partitionsOf(gpt).find((partition) => partition.type === ESP_TYPE);
      return {
        "disk identifier": gpt.diskGuid,
        ...(esp === undefined ? {} : { "efi system partition uuid": esp.guid }),
      };
    }
    const mbr = await readMbr(file, device.sectorSize);
    return mbr === null ? {} : { "disk identifier": `0x${mbr.diskId}` };
  });
}
