/** Keys of a logical disk in a RAID configuration, as every RAID interface offers them. */
export const LOGICAL_DISK_PROPERTIES: Readonly<Record<string, string>> = {
  raid_level: "RAID level: JBOD, 0, 1, 2, 5, 6, 1+0, 5+0 or 6+0. Required.",
  size_gb: 'Size in GiB, or "MAX" for all the space that is left. Required.',
  volume_name: "Name of the volume. Unique per node; made up when absent. Optional.",
  is_root_volume: "Whether this is the volume to deploy to; at most one may be. Optional.",
  share_physical_disks: "Whether its physical disks may serve other volumes too. Default: false.",
  disk_type: "Type of the physical disks: hdd or ssd. Optional.",
  interface_type: "Interface of the physical disks: sata, scsi or sas. Optional.",
  number_of_physical_disks: "How many physical disks to use; the least that the RAID level needs when absent.",
  controller: "The RAID controller to use, by the name the interface gives it. Optional.",
  physical_disks: "The physical disks to use, by the names the interface gives them. Optional.",
};
