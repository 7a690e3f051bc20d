/** The image of virtual media and HTTP boot, put together and served by the boot HTTP service for a ramdisk and a machine. */
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BootHttpServer } from "../../../boot/http/server.ts";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../../../conductor/boot/publisher.ts";
import { StoredBootResolver } from "../../../conductor/boot/resolver.ts";
import { FileImageCache } from "../../../conductor/images/cache.ts";
import { openDatabase } from "../../../db/connect.ts";
import type { Ramdisk } from "../../support/ramdisk.ts";
import { RecordedEvents } from "../../unit/boot/doubles.ts";

export const MAC = "52:54:00:77:00:01";
/** What only the image could tell the agent. */
export const TOKEN = "made-beforehand-for-this-boot-only";

const config = defaultConfig({ database: { connection: "sqlite://" } });
export const loaders = new Loaders(config.boot.loader_path, silent);

/** QEMU's own network, which says nothing by DHCP of 10.0.2.77. */
const NETWORK = {
  links: [{ id: "nic", type: "phy", ethernet_mac_address: MAC }],
  networks: [
    {
      ...{ id: "n", link: "nic", type: "ipv4", network_id: "n", ip_address: "10.0.2.77", netmask: "255.255.255.0" },
      routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: "10.0.2.2" }],
    },
  ],
  services: [],
};

export interface Medium {
  /** Of the image, on loopback. */
  readonly url: string;
  readonly events: RecordedEvents;
}

/** Served for as long as `use` goes on. `bootInterface`: redfish-virtual-media or redfish-https. */
export async function withMedium<T>(
  { folder, ramdisk, firmware, apiUrl, bootInterface }: MediumOptions,
  use: (medium: Medium) => Promise<T>,
): Promise<T> {
  const uuid = randomUUID();
  await using database = await openDatabase(config, silent);
  const driver_internal_info = { agent_secret_token: TOKEN, agent_secret_token_pregenerated: true };
  await database.stores.nodes.create({ uuid, driver: "fake-hardware", driver_internal_info });
  const access = { allowLocal: true, folders: [join(ramdisk.kernel, "..")] };
  await using images = await FileImageCache.open({
    ...{
      folder: join(folder, "cache"),
      limitBytes: 1 << 30,
      ttlMs: 600_000,
      permittedFormats: [],
      log: silent,
      access,
    },
  });
  const baseUrl = () => server.url;
  const owns = async () => true;
  const resolver = new StoredBootResolver({
    stores: database.stores,
    images,
    loaders,
    kickstart: async () => null,
    baseUrl,
    owns,
  });
  const events = new RecordedEvents();
  await using server = await BootHttpServer.start({ host: "127.0.0.1", port: 0, resolver, events, log: silent });
  const publisher = new StoredBootPublisher({ tickets: database.stores.bootTickets, loaders, baseUrl });
  const image = async (path: string) => ({
    url: pathToFileURL(path).href,
    sha256: createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  });
  const [kernel, initramfs] = [await image(ramdisk.kernel), await image(ramdisk.initramfs)];
  const base = await publisher.publish(uuid, "media-deploy", bootInterface, () => ({
    "boot.iso": {
      ...{ kind: "boot-iso", kernel, initramfs, bootloader: null, arch: "x86_64", firmware },
      words: [
        ["console", "ttyS0"],
        ["ipa-api-url", apiUrl],
      ],
      ...{ networkData: NETWORK, token: "files", grubConfigPath: null },
    },
  }));
  return await use({ url: `${base}/boot.iso`, events });
}

export interface MediumOptions {
  readonly folder: string;
  readonly ramdisk: Ramdisk;
  readonly firmware: "bios" | "uefi";
  /** As the machine reaches the API. */
  readonly apiUrl: string;
  readonly bootInterface: "redfish-virtual-media" | "redfish-https";
}
