/** What a virtual machine's ramdisk finds in it (contract agent-api.json, inventory). */
import type { JsonObject } from "../../../common/json.ts";
import { BIOS_VERSION, CORES, DISK_BYTES, MANUFACTURER, MEMORY_GIB, MODEL } from "../identity.ts";
import type { Machine } from "../machine.ts";

export const ROOT_DISK = "/dev/sda";

export function inventoryOf(machine: Machine): JsonObject {
  const { macs, serial, name } = machine.identity;
  const interfaces = macs.map((mac_address, card) => ({
    ...{ name: `eth${card}`, mac_address, ipv4_address: card === 0 ? "127.0.0.1" : null, ipv6_address: null },
    ...{ has_carrier: true, lldp: null, vendor: "0x1af4", product: "0x1000", client_id: null, biosdevname: null },
    ...{ speed_mbps: 25_000, pci_address: `0000:01:00.${card}`, driver: "simulated" },
  }));
  const disk = {
    ...{ name: ROOT_DISK, model: "SIMDISK", size: DISK_BYTES, rotational: false, wwn: null, serial: `${serial}Disk1` },
    ...{ vendor: MANUFACTURER, wwn_with_extension: null, wwn_vendor_extension: null, hctl: "0:0:0:0", by_path: null },
    ...{ logical_sectors: 512, physical_sectors: 4096, tran: "sata" },
  };
  return {
    interfaces,
    cpu: {
      ...{ model_name: "Simulated CPU", frequency: "3200", count: CORES, architecture: "x86_64", flags: ["vmx"] },
      socket_count: 2,
    },
    disks: [disk],
    memory: { total: MEMORY_GIB * 2 ** 30, physical_mb: MEMORY_GIB * 1024 },
    bmc_address: machine.address,
    bmc_v6address: "::/0",
    bmc_mac: machine.identity.bmcMac,
    system_vendor: {
      ...{ product_name: MODEL, serial_number: serial, manufacturer: MANUFACTURER },
      firmware: { vendor: MANUFACTURER, version: BIOS_VERSION, build_date: "01/05/2026" },
    },
    boot: { current_boot_mode: machine.source?.isUefi === false ? "bios" : "uefi", pxe_interface: macs[0] },
    hostname: name,
  };
}
