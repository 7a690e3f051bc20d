/**
 * A stand-in for a conductor, for tests of the API alone: keeps records in the real database and remembers the calls. It
 * has no drivers, no locks worth the name and no background; nodes stay in the state they are in.
 */
import type { Context } from "../../common/context.ts";
import { NotFound } from "../../common/errors/request.ts";
import { INTERFACE_TYPES, type InterfaceType, type Node, type NodeChanges } from "../../common/objects/node.ts";
import type { Handlers, Method } from "../../common/rpc/contract.ts";
import { LocalTransport } from "../../common/rpc/local.ts";
import type { Stores } from "../../db/contract.ts";

export interface SeenCall {
  readonly method: Method;
  readonly params: unknown;
  readonly context: Context;
}

export const FAKE_HOST = "fake-host";
const BOOT_ID = "fake-boot";
const TYPES = ["fake-hardware", "manual-management"] as const;

export class FakeConductor {
  readonly transport = new LocalTransport();
  readonly calls: SeenCall[] = [];
  readonly #stores: Stores;
  /** Throws this from the next call. */
  failNext: Error | null = null;
  #gate: Promise<void> = Promise.resolve();
  #arrived: () => void = () => {};
  /** Settles when a call waits behind `hold`. */
  held: Promise<void> = Promise.resolve();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async start(): Promise<AsyncDisposable> {
    const interfaces = TYPES.flatMap((hardware_type) =>
      INTERFACE_TYPES.map((interface_type) => ({
        hardware_type,
        interface_type,
        interface_name: defaultName(interface_type),
        is_default: true,
      })),
    );
    const values = { hostname: FAKE_HOST, boot_id: BOOT_ID, conductor_group: "", drivers: TYPES };
    await this.#stores.conductors.register(values, interfaces);
    return await this.transport.serve(FAKE_HOST, this.#handlers());
  }

  leave(): Promise<void> {
    return this.#stores.conductors.leave(FAKE_HOST, BOOT_ID);
  }

  /** Calls wait from now on until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    this.held = new Promise((resolve) => {
      this.#arrived = resolve;
    });
    return release;
  }

  lastCall(): SeenCall | undefined {
    return this.calls.at(-1);
  }

  async #change(uuid: string, changes: NodeChanges): Promise<Node> {
    const { ticket } = await this.#stores.nodes.reserve(uuid, { host: FAKE_HOST, bootId: BOOT_ID, purpose: "test" });
    try {
      return await this.#stores.nodes.save(ticket, changes);
    } finally {
      await this.#stores.nodes.release(ticket);
    }
  }

  #handlers(): Handlers {
    const { nodes, ports, portgroups, volumeConnectors, volumeTargets } = this.#stores;
    const refuse = () => Promise.reject(NotFound({ what: "fake" }));
    const handlers: Handlers = {
      createNode: ({ values }) => nodes.create({ ...interfaceDefaults(values), ...dropNulls(values) }),
      updateNode: ({ node, changes }) => this.#change(node, { ...changes, ...interfaceDefaults(changes, true) }),
      destroyNode: async ({ node }) => {
        const request = { host: FAKE_HOST, bootId: BOOT_ID, purpose: "test" };
        await nodes.destroy((await nodes.reserve(node, request)).ticket);
      },
      createPort: ({ values }) => ports.create(values),
      updatePort: ({ port, changes }) => ports.update(port, changes),
      destroyPort: ({ port }) => ports.destroy(port),
      updatePortgroup: ({ portgroup, changes }) => portgroups.update(portgroup, changes),
      destroyPortgroup: ({ portgroup }) => portgroups.destroy(portgroup),
      updateVolumeConnector: ({ connector, changes }) => volumeConnectors.update(connector, changes),
      destroyVolumeConnector: ({ connector }) => volumeConnectors.destroy(connector),
      updateVolumeTarget: ({ target, changes }) => volumeTargets.update(target, changes),
      destroyVolumeTarget: ({ target }) => volumeTargets.destroy(target),
      addNodeTraits: async ({ node, traits }) => void (await this.#change(node, { traits })),
      removeNodeTraits: async ({ node }) => void (await this.#change(node, { traits: [] })),
      vifAttach: async () => {},
      vifDetach: async () => {},
      vifList: async () => [{ id: "vif" }],
      createAllocation: ({ values }) =>
        this.#stores.allocations.create({ ...values, uuid: values.uuid ?? crypto.randomUUID() }),
      destroyAllocation: async ({ allocation }) => void (await this.#stores.allocations.destroy(allocation)),
      changeNodePowerState: async ({ node, target }) => {
        await this.#change(node, { power_state: target.includes("off") ? "power off" : "power on" });
      },
      setMaintenance: async ({ node, maintenance, reason }) => {
        await this.#change(node, { maintenance, maintenance_reason: reason ?? null });
      },
      validateDriverInterfaces: async () => ({ power: { result: true }, vendor: { result: true } }),
      doNodeDeploy: async () => {},
      doNodeTearDown: async () => {},
      doProvisioningAction: async () => {},
      settleNode: async () => {},
      forceAbort: async ({ node }) => {
        const { provision_state, last_error } = await nodes.get(node);
        return { node, provision_state, note: "broken off", last_error };
      },
      doNodeClean: async () => {},
      doNodeService: async () => {},
      doNodeRescue: async () => {},
      doNodeUnrescue: async () => {},
      getBootDevice: async () => ({ boot_device: "pxe", persistent: false }),
      setBootDevice: async () => {},
      getSupportedBootDevices: async () => ["pxe"],
      setBootMode: async () => {},
      setSecureBoot: async () => {},
      injectNmi: async () => {},
      setTargetRaidConfig: async ({ node, config }) => void (await this.#change(node, { target_raid_config: config })),
      getConsole: async () => ({ type: "fake", url: "none" }),
      setConsoleMode: async ({ node, enabled }) => void (await this.#change(node, { console_enabled: enabled })),
      lookupNode: async ({ node }) => ({
        node: await nodes.getRevealed(node),
        agent_token: "fake-token",
        config: { heartbeat_timeout: 300 },
      }),
      heartbeat: async () => {},
      continueInspection: async () => {},
      agentReport: ({ agent_token }) => (agent_token === "fake-token" ? Promise.resolve() : refuse()),
      vendorMethods: async () => ({}),
      vendorPassthru: async () => ({ async: true, value: null }),
      driverVendorMethods: async () => ({}),
      driverVendorPassthru: async () => ({ async: false, value: "done" }),
      getIndicators: async () => ({ chassis: { led: { readonly: false, states: ["off", "on"] } } }),
      getIndicatorState: async () => "on",
      setIndicatorState: async () => {},
      attachVirtualMedia: async () => {},
      detachVirtualMedia: async () => {},
      getVirtualMedia: async () => [],
      bmcLog: async () => [],
      driverProperties: async () => ({ B1: "a property" }),
      raidLogicalDiskProperties: async () => ({ raid_level: "a level" }),
    };
    return this.#watched(handlers);
  }

  #watched(handlers: Handlers): Handlers {
    const watch = (method: Method) => async (params: never, context: Context) => {
      this.calls.push({ method, params, context });
      this.#arrived();
      await this.#gate;
      const failure = this.failNext;
      this.failNext = null;
      if (failure !== null) throw failure;
      return await handlers[method](params, context);
    };
    return Object.fromEntries(
      Object.keys(handlers).map((name) => [name, watch(name as Method)]),
    ) as unknown as Handlers;
  }
}

/** The interfaces a node without them gets; with `onlyNull` just those that a change resets. */
function interfaceDefaults(values: NodeChanges, onlyNull = false): NodeChanges {
  const types = INTERFACE_TYPES.filter((type) => !onlyNull || values[`${type}_interface`] === null);
  return Object.fromEntries(types.map((type) => [`${type}_interface`, defaultName(type)]));
}

function defaultName(type: InterfaceType): string {
  return type === "network" || type === "storage" ? "noop" : "fake";
}

function dropNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as T;
}
