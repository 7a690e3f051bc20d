/** [deploy] */
import { boolean, choice, integer, optional } from "../option.ts";

const priority = (help: string) => ({
  ...optional(help),
  parse(raw: string) {
    if (raw === "" || raw === "<None>") return null;
    if (!/^\d+$/.test(raw)) throw new Error(`expected a whole number, got "${raw}"`);
    return raw;
  },
});

export const deploy = {
  http_url: optional(
    "Base URL of the boot HTTP service as machines see it; made of [boot]http_host and port when empty.",
  ),
  external_http_url: optional(
    "Base URL under which controllers (BMCs) fetch virtual media, where they do not reach http_url; driver_info external_http_url goes before it.",
  ),
  external_callback_url: optional(
    "URL of the API for ramdisks that boot by virtual media, where they reach it by another one than others do.",
  ),
  ramdisk_image_download_source: choice(
    ["local", "http"],
    "local",
    "Where controllers fetch a deploy_iso or boot_iso from: this service, which caches it, or its own URL.",
  ),
  erase_devices_priority: priority("Priority of the erase_devices clean step; empty: the agent's own."),
  erase_devices_metadata_priority: priority(
    "Priority of the erase_devices_metadata clean step; empty: the agent's own.",
  ),
  enable_ata_secure_erase: boolean(true, "Let the agent erase ATA disks by their own command."),
  enable_nvme_secure_erase: boolean(true, "Let the agent erase NVMe disks by their own command."),
  shred_random_overwrite_iterations: integer(1, "How often an erased disk is overwritten with random data.", {
    min: 0,
  }),
  shred_final_overwrite_with_zeros: boolean(true, "Overwrite an erased disk with zeros in the end."),
  continue_if_disk_secure_erase_fails: boolean(false, "Go on by overwriting when a disk's own erase command fails."),
  disk_erasure_concurrency: integer(4, "Disks that one agent erases at a time.", { min: 1 }),
  erase_skip_read_only: boolean(false, "Leave disks that cannot be written out of erasing, instead of failing."),
  power_off_after_deploy_failure: boolean(true, "Switch a machine off when its deploy fails."),
  default_boot_mode: choice(["uefi", "bios"], "uefi", "Boot mode of nodes that name none."),
  configdrive_use_object_store: boolean(false, "Not available: config drives are kept in the database."),
  fast_track: boolean(
    false,
    "Keep the ramdisk running between inspection, cleaning and deploy, and go on with it instead of booting it again; driver_info fast_track goes before it.",
  ),
  fast_track_timeout: integer(
    300,
    "Seconds since its last heartbeat for which a ramdisk counts as running; at most [api]ramdisk_heartbeat_timeout makes sense.",
    { min: 0, max: 300 },
  ),
  image_server_auth_strategy: choice(["noauth", "http_basic"], "noauth", "How the image server authenticates."),
} as const;
