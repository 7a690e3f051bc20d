/**
 * Boot files of a node as tickets in the database: one unguessable token for each purpose. What is published anew before
 * it was withdrawn, e.g. by another conductor, keeps its token: a machine may be on its way with it.
 */
import { randomBytes } from "node:crypto";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { BootTicketStore } from "../../db/contract.ts";
import type { BootPublisher, PublishedFile } from "../../drivers/base/services.ts";
import type { Loaders } from "./loaders.ts";
import { checkMedium } from "./media.ts";

export interface PublisherOptions {
  readonly tickets: BootTicketStore;
  readonly loaders: Loaders;
  /** http://host:port of the boot HTTP service as machines see it. */
  readonly baseUrl: () => string;
  /** Told of each publication of files, once it counts. */
  readonly published?: (node: string) => void;
}

/** 192 bits: cannot be guessed, and fits the 127 bytes of a DHCP file name together with a URL. */
const TOKEN_BYTES = 24;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;

export class StoredBootPublisher implements BootPublisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** @throws InvalidParameterValue for a file name or boot program that cannot be served */
  async publish(
    node: string,
    purpose: string,
    bootInterface: string,
    files: (base: string) => Readonly<Record<string, PublishedFile>>,
  ): Promise<string> {
    const { tickets } = this.#options;
    const before = (await tickets.ofNode(node)).find((ticket) => ticket.purpose === purpose);
    const keeps = before?.boot_interface === bootInterface;
    const token = keeps ? before.token : randomBytes(TOKEN_BYTES).toString("base64url");
    const base = `${this.#options.baseUrl()}/boot/${token}`;
    const contents = files(base);
    for (const [name, file] of Object.entries(contents)) await this.#check(name, file);
    // Old files first: a machine must never find two tickets of one purpose.
    if (!keeps) await tickets.drop(node, [purpose]);
    await tickets.put({
      token,
      node_uuid: node,
      purpose,
      boot_interface: bootInterface,
      files: contents,
    });
    if (Object.keys(contents).length > 0) this.#options.published?.(node);
    return base;
  }

  withdraw(node: string, purposes?: readonly string[]): Promise<void> {
    return this.#options.tickets.drop(node, purposes);
  }

  async #check(name: string, file: PublishedFile): Promise<void> {
    if (!NAME.test(name))
      throw InvalidParameterValue({
        reason: `Boot file name "${name}" may have letters, digits, ".", "_", "-", "/" only.`,
      });
    if (file.kind === "loader" && !this.#options.loaders.knows(file.name))
      throw InvalidParameterValue({ reason: `Boot file "${name}": there is no boot program "${file.name}".` });
    if (file.kind === "boot-iso") await checkMedium(file, this.#options.loaders);
  }
}
