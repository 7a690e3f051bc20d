/** Vendor passthru: methods that a vendor interface offers beyond the contract, of a node and of a hardware type. */
import type { Context } from "../../common/context.ts";
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Handlers, Params, VendorMethodFacts } from "../../common/rpc/contract.ts";
import type { VendorInterface, VendorMethod, VendorMethodInfo } from "../../drivers/base/interfaces.ts";
import type { Core } from "../core.ts";
import { addHistory } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

type Vendor = Pick<Handlers, "vendorMethods" | "vendorPassthru" | "driverVendorMethods" | "driverVendorPassthru">;

const PURPOSE = "vendor passthru";

export function vendorMethods(core: Core): Vendor {
  return {
    vendorMethods: (p, context) =>
      withNode(core, p.node, { purpose: PURPOSE, context, shared: true }, async (task) =>
        factsOf(task.driver.vendor.methods ?? {}, (method) => method.exclusive),
      ),
    vendorPassthru: (p, context) => passthru(core, p, context),
    driverVendorMethods: async (p) => factsOf(core.catalogue.vendorOf(p.driver).driverMethods ?? {}, () => false),
    driverVendorPassthru: async (p) => {
      const method = pick(core.catalogue.vendorOf(p.driver).driverMethods ?? {}, p, p.driver);
      const work = () => method.run(p.args, core.stopping);
      if (!method.async) return { async: false, value: await work() };
      core.pool.claim("user").run(async () => {
        try {
          await work();
        } catch (error) {
          core.log.warn({ error, driver: p.driver, method: p.method }, "a vendor method failed");
        }
      });
      return { async: true, value: null };
    },
  };
}

function factsOf<M extends VendorMethodInfo>(
  methods: Readonly<Record<string, M>>,
  isExclusive: (method: M) => boolean,
): Readonly<Record<string, VendorMethodFacts>> {
  const facts = Object.entries(methods).map(([name, method]): [string, VendorMethodFacts] => [
    name,
    {
      http_methods: method.verbs,
      async: method.async,
      description: method.description,
      attach: false,
      require_exclusive_lock: isExclusive(method),
    },
  ]);
  return Object.fromEntries(facts);
}

type Asked = Pick<Params<"vendorPassthru">, "method" | "verb">;

/** @throws UnsupportedDriverExtension, InvalidParameterValue naming the methods there are */
function pick<M extends VendorMethodInfo>(
  methods: Readonly<Record<string, M>> | undefined,
  asked: Asked,
  driver: string,
): M {
  if (methods === undefined) throw UnsupportedDriverExtension({ driver, extension: "vendor passthru" });
  const found = Object.hasOwn(methods, asked.method) ? methods[asked.method] : undefined;
  if (found === undefined)
    throw InvalidParameterValue({
      reason: `No handler for method ${asked.method.slice(0, 100)}; there are: ${Object.keys(methods).join(", ") || "none"}.`,
    });
  if (!found.verbs.includes(asked.verb))
    throw InvalidParameterValue({
      reason: `The method ${asked.method} does not support HTTP ${asked.verb}; use ${found.verbs.join(", ")}.`,
    });
  return found;
}

async function passthru(core: Core, p: Params<"vendorPassthru">, context: Context) {
  // Which lock is needed is known only once the node is: the method says it.
  const method = await withNode(core, p.node, { purpose: PURPOSE, context, shared: true }, async (task) =>
    checked(task.driver.vendor, task, p),
  );
  return withNode(core, p.node, { purpose: PURPOSE, context, shared: !method.exclusive }, async (task) => {
    const own = checked(task.driver.vendor, task, p);
    if (!own.async) return { async: false, value: await own.run(task, p.args) };
    if (own.exclusive) inBackground(core, task, own, p);
    else runShared(core, task, own, p);
    return { async: true, value: null };
  });
}

function checked(vendor: VendorInterface, task: NodeTask, p: Params<"vendorPassthru">): VendorMethod {
  const method = pick(vendor.methods, p, task.node.driver);
  method.check?.(task, p.args);
  return method;
}

function inBackground(core: Core, task: NodeTask, method: VendorMethod, p: Params<"vendorPassthru">): void {
  task.later({
    slot: core.pool.claim("user"),
    work: async (later) => void (await method.run(later, p.args)),
    failed: async (later, error) => {
      const text = `Vendor method ${p.method} failed: ${reasonOf(error)}`;
      await later.save({ last_error: text });
      await addHistory(later, { type: "vendor", severity: "ERROR", text });
    },
  });
}

function runShared(core: Core, task: NodeTask, method: VendorMethod, p: Params<"vendorPassthru">): void {
  core.pool.claim("user").run(async () => {
    try {
      await method.run(task, p.args);
    } catch (error) {
      task.log.warn({ error, method: p.method }, "a vendor method failed");
    }
  });
}
