/** What stands in for resolver, leases and event sink in the tests of the boot services: small and in memory. */
import type { BootPlan, BootResolver, KnownMachine, LeaseKeeper, ServedFile } from "../../../boot/contract.ts";
import type { EventBody, EventSink } from "../../../common/events.ts";

export class MemoryLeases implements LeaseKeeper {
  readonly held = new Map<string, string>();

  async acquire(
    mac: string,
    candidates: () => Iterable<string>,
    options: { wanted?: string | null; seconds: number },
  ): Promise<{ address: string } | null> {
    const taken = new Set([...this.held].filter(([owner]) => owner !== mac).map(([, address]) => address));
    const free = [...candidates()].filter((address) => !taken.has(address));
    const old = this.held.get(mac);
    const address = [old, options.wanted, free[0]].find((one) => typeof one === "string" && free.includes(one));
    if (typeof address !== "string") return null;
    this.held.set(mac, address);
    return { address };
  }

  async release(mac: string, address: string): Promise<void> {
    if (this.held.get(mac) === address) this.held.delete(mac);
  }
}

export class RecordedEvents implements EventSink {
  readonly all: { node: string | null; body: EventBody }[] = [];
  #waiting: (() => void)[] = [];

  emit(node: string | null, body: EventBody): void {
    this.all.push({ node, body });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The first event of a type, now or as soon as it comes. */
  async first<T extends EventBody["type"]>(type: T): Promise<Extract<EventBody, { type: T }>> {
    for (;;) {
      const found = this.all.find((event) => event.body.type === type);
      if (found !== undefined) return found.body as Extract<EventBody, { type: T }>;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

export class TableResolver implements BootResolver {
  readonly machines = new Map<string, KnownMachine>();
  readonly files = new Map<string, ServedFile>();
  readonly sightings: string[] = [];
  released = 0;
  #awaited: (() => void)[] = [];

  know(mac: string, boot: BootPlan | null): void {
    this.machines.set(mac, { node: `node of ${mac}`, mac, boot });
  }

  /** A file under its HTTP path or TFTP name, counted when it is released. */
  serve(name: string, file: { text: string } | { path: string }): void {
    const release = () => {
      this.released += 1;
      for (const wake of this.#awaited.splice(0)) wake();
    };
    const about = { type: "text/plain", node: "node-1", mac: null, release };
    this.files.set(name, "text" in file ? { kind: "text", ...file, ...about } : { kind: "file", ...file, ...about });
  }

  /** Resolves once so many files have been released. */
  async releases(count: number): Promise<void> {
    while (this.released < count) await new Promise<void>((resolve) => this.#awaited.push(resolve));
  }

  async machine(mac: string): Promise<KnownMachine | null> {
    return this.machines.get(mac) ?? null;
  }

  async httpFile(path: string): Promise<ServedFile | null> {
    return this.files.get(path) ?? null;
  }

  async tftpFile(name: string): Promise<ServedFile | null> {
    return this.files.get(name) ?? null;
  }

  seen(mac: string, address: string): void {
    this.sightings.push(`${mac} ${address}`);
  }
}

export const ipxePlan: BootPlan = { kind: "ipxe", baseUrl: "http://10.1.0.1:8080/boot/TOKEN", token: "TOKEN" };
