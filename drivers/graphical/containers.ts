/**
 * The console containers of one conductor, whichever interface wants them: started behind a sweep of what a former process
 * left, and ended with the conductor.
 */
import type { DriverServices } from "../base/services.ts";
import { type ContainerOrder, type ContainerProvider, providerOf, type VncAddress } from "./provider.ts";

export class Containers {
  readonly provider: ContainerProvider;
  readonly #running = new Set<string>();
  #swept: Promise<void> | null = null;

  constructor(services: DriverServices) {
    this.provider = providerOf(services);
    services.onStop?.(() => this.#end());
  }

  /** Nodes whose container this process has started. */
  running(): readonly string[] {
    return [...this.#running];
  }

  /** @throws ConsoleContainerFailure; nothing runs then */
  async start(order: ContainerOrder, signal: AbortSignal): Promise<VncAddress> {
    await this.sweep();
    const address = await this.provider.start(order, signal);
    this.#running.add(order.node);
    return address;
  }

  /** @throws ConsoleContainerFailure */
  async stop(node: string): Promise<void> {
    await this.provider.stop(node);
    this.#running.delete(node);
  }

  /** The same where another conductor may run one for the node by now, which is left alone. @throws ConsoleContainerFailure */
  async withdraw(node: string): Promise<void> {
    await this.provider.stopOwn(node);
    this.#running.delete(node);
  }

  /** Once; a failed one is tried again by who needs it next. @throws ConsoleContainerFailure */
  async sweep(): Promise<void> {
    this.#swept ??= this.provider.stopOwn(null).catch((error: unknown) => {
      this.#swept = null;
      throw error;
    });
    await this.#swept;
  }

  async #end(): Promise<void> {
    if (this.#running.size === 0) return;
    await this.provider.stopOwn(null);
    this.#running.clear();
  }
}

const made = new WeakMap<DriverServices, Containers>();

/** The same for all interfaces of a conductor. */
export function containersOf(services: DriverServices): Containers {
  const found = made.get(services) ?? new Containers(services);
  made.set(services, found);
  return found;
}
