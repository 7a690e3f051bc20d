/** Lights of a machine. Sources: DSP2046, IndicatorLED and LocationIndicatorActive of ComputerSystem, Chassis and Drive. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Indicators } from "../base/interfaces.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";
import { drivesOf } from "./storage.ts";

const STATES: Readonly<Record<string, string>> = { on: "Lit", off: "Off", blinking: "Blinking" };
type Component = "system" | "chassis" | "disk";

/** @throws RedfishError */
export async function indicatorsOf(system: System): Promise<Indicators> {
  const found: Record<string, Record<string, { readonly: boolean; states: readonly string[] }>> = {};
  for (const component of ["system", "chassis", "disk"] as const) {
    const lights = (await resourcesOf(system, component)).filter(hasLight);
    if (lights.length > 0) found[component] = Object.fromEntries(lights.map((one) => [nameOf(one), facts(one)]));
  }
  return found;
}

/** @throws RedfishError, InvalidParameterValue for a light that is not there */
export async function indicatorState(system: System, component: string, name: string): Promise<string> {
  const light = await lightOf(system, component, name);
  const active = light.boolean("LocationIndicatorActive");
  if (active !== null) return active ? "on" : "off";
  const led = light.text("IndicatorLED");
  return Object.keys(STATES).find((state) => STATES[state] === led) ?? "unknown";
}

/** @throws RedfishError, InvalidParameterValue */
export async function switchIndicator(system: System, component: string, name: string, state: string): Promise<void> {
  const light = await lightOf(system, component, name);
  const { states } = facts(light);
  if (!states.includes(state))
    throw InvalidParameterValue({
      reason: `Indicator state "${state}" is not known; use one of: ${states.join(", ")}.`,
    });
  const isNew = light.boolean("LocationIndicatorActive") !== null;
  await light.patch(isNew ? { LocationIndicatorActive: state !== "off" } : { IndicatorLED: STATES[state] ?? "Off" });
}

async function lightOf(system: System, component: string, name: string): Promise<Resource> {
  const isKnown = component === "system" || component === "chassis" || component === "disk";
  const lights = isKnown ? (await resourcesOf(system, component)).filter(hasLight) : [];
  const found = lights.find((one) => nameOf(one) === name);
  if (found !== undefined) return found;
  const names = lights.map(nameOf).join(", ") || "none";
  throw InvalidParameterValue({
    reason: `The machine has no indicator "${name}" of component "${component}"; there are: ${names}.`,
  });
}

async function resourcesOf(system: System, component: Component): Promise<readonly Resource[]> {
  if (component === "system") return [system.resource];
  return component === "chassis" ? await system.chassis() : await drivesOf(system);
}

function facts(light: Resource) {
  const isSwitch = light.boolean("LocationIndicatorActive") !== null;
  return { readonly: false, states: isSwitch ? ["off", "on"] : Object.keys(STATES).sort() };
}

const hasLight = (one: Resource): boolean => one.has("IndicatorLED") || one.boolean("LocationIndicatorActive") !== null;
const nameOf = (one: Resource): string => one.text("Id") ?? one.path;
