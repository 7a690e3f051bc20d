/** Every interface that exists declares the keys, capabilities, steps and vendor methods that the contract names. */
import assert from "node:assert/strict";
import { defaultConfig } from "../../../common/config/config.ts";
import { INTERFACE_TYPES } from "../../../common/objects/node.ts";
import type { Flow } from "../../../common/steps.ts";
import type { BootInterface, Interface, VendorInterface } from "../../../drivers/base/interfaces.ts";
import { HARDWARE_TYPES, INTERFACES } from "../../../drivers/built-in.ts";
import { conformanceSettings } from "../../../tools/conformance-settings.ts";
import { testServices } from "../../support/driver-task.ts";
import { contractFile } from "../common/contract-file.ts";

interface DriverFacts {
  readonly interfaces: Record<
    string,
    Record<string, { properties: string[]; capabilities?: string[]; vendor_routes?: Record<string, VendorFacts> }>
  >;
  readonly hardware_types: Record<string, unknown>;
}
interface VendorFacts {
  readonly http_methods: string[];
  readonly async: boolean;
  readonly require_exclusive_lock: boolean;
}
interface StepFacts {
  readonly step: string;
  readonly priority: number;
  readonly abortable: boolean;
  readonly requires_ramdisk?: boolean;
  readonly args?: Record<string, { required: boolean }>;
}
interface StepsFile {
  readonly interfaces: Record<Flow, Record<string, StepFacts[]>>;
}

const drivers = contractFile("drivers.json") as DriverFacts | null;
const steps = contractFile("steps.json") as StepsFile | null;
const FLOWS: readonly Flow[] = ["clean", "deploy", "service", "verify"];

async function make(type: (typeof INTERFACE_TYPES)[number], name: string): Promise<Interface> {
  const entry = await INTERFACES[type][name]?.();
  assert.ok(entry, `${type} ${name}`);
  assert.equal(entry.default.name, name);
  return entry.default.make(testServices());
}

function shown(made: Interface, flow: Flow) {
  return (made.steps ?? [])
    .filter((step) => step.flows[flow] !== undefined)
    .map((step) => ({
      step: step.step,
      priority: step.flows[flow],
      // As conductor/steps/collect.ts has it.
      abortable: flow === "deploy" ? step.unbroken !== true : step.abortable === true,
      args: Object.fromEntries(Object.entries(step.argsinfo ?? {}).map(([key, arg]) => [key, arg.required === true])),
    }))
    .sort(byStep);
}

/** Each needs a service or a client that is not there: it cannot be enabled, and start says so. */
const NOT_YET = ["deploy ansible", "network ironic-networking", "network neutron", "storage cinder"];

const isTheirs = (name: string) => Object.hasOwn(drivers?.hardware_types ?? {}, name);

const byStep = (one: { step: string }, other: { step: string }) => (one.step < other.step ? -1 : 1);

describe("declarations of interfaces", () => {
  before(function () {
    if (drivers === null || steps === null) this.skip();
  });

  it("all six hardware types are there", () => {
    const known = HARDWARE_TYPES.map((type) => type.name);
    assert.deepEqual(known.filter(isTheirs).sort(), Object.keys(drivers?.hardware_types ?? {}).sort());
  });

  it("ferric's own types and interfaces are neither enabled by default nor in the conformance settings", () => {
    const types = HARDWARE_TYPES.map((type) => type.name).filter((name) => !isTheirs(name));
    const interfaces = INTERFACE_TYPES.flatMap((type) =>
      Object.keys(INTERFACES[type]).filter((name) => !Object.hasOwn(drivers?.interfaces[type] ?? {}, name)),
    );
    assert.ok(types.includes("ssh") && interfaces.includes("wol"));
    for (const enabled of [defaultConfig().DEFAULT, conformanceSettings().embedded.DEFAULT ?? {}])
      for (const [option, names] of Object.entries(enabled).filter(([name]) => name.startsWith("enabled_")))
        for (const name of [...types, ...interfaces])
          assert.ok(!(names as readonly string[]).includes(name), `${option}: ${name}`);
  });

  it("every interface of the contract is there, or cannot be enabled yet", () => {
    const named = INTERFACE_TYPES.flatMap((type) =>
      Object.keys(drivers?.interfaces[type] ?? {}).map((name) => [type, name] as const),
    );
    const missing = named.filter(([type, name]) => !Object.hasOwn(INTERFACES[type], name)).map((one) => one.join(" "));
    assert.deepEqual(missing.sort(), NOT_YET.toSorted());
  });

  for (const type of INTERFACE_TYPES)
    for (const name of Object.keys(INTERFACES[type])) {
      const facts = drivers?.interfaces[type]?.[name];
      if (facts === undefined) continue;

      it(`${type} ${name} has the properties of the contract`, async () => {
        const made = await make(type, name);
        assert.deepEqual(Object.keys(made.properties).sort(), facts.properties.toSorted());
        for (const text of Object.values(made.properties)) assert.ok(text.length > 10, text);
        if (facts.capabilities !== undefined && type === "boot")
          assert.deepEqual([...(made as BootInterface).capabilities].sort(), facts.capabilities.toSorted());
      });

      it(`${type} ${name} offers the steps of the contract`, async () => {
        const made = await make(type, name);
        for (const flow of FLOWS) {
          const expected = (steps?.interfaces[flow]?.[`${type}.${name}`] ?? []).map(
            ({ step, priority, abortable, args }) => ({
              step,
              priority,
              abortable,
              args: Object.fromEntries(Object.entries(args ?? {}).map(([key, arg]) => [key, arg.required])),
            }),
          );
          assert.deepEqual(shown(made, flow), expected.sort(byStep), flow);
        }
      });

      if (type === "vendor")
        it(`vendor ${name} has the methods of the contract`, async () => {
          const { methods = {} } = (await make(type, name)) as VendorInterface;
          const found = Object.entries(methods).map(([method, info]) => [
            method,
            { http_methods: info.verbs, async: info.async, attach: false, require_exclusive_lock: info.exclusive },
          ]);
          assert.deepEqual(Object.fromEntries(found), facts.vendor_routes ?? {});
        });
    }
});
