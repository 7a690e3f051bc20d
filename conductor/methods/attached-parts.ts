/** Methods of the management interface about lights and virtual media. */
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Indicators } from "../../drivers/base/interfaces.ts";
import type { Core } from "../core.ts";
import type { NodeTask } from "../task.ts";
import { inBackground, validated } from "./management.ts";

type Parts = Pick<
  Handlers,
  | "getIndicators"
  | "getIndicatorState"
  | "setIndicatorState"
  | "attachVirtualMedia"
  | "detachVirtualMedia"
  | "getVirtualMedia"
>;

export function attachedPartMethods(core: Core): Parts {
  return { ...indicatorMethods(core), ...mediaMethods(core) };
}

function indicatorMethods(core: Core): Pick<Parts, "getIndicators" | "getIndicatorState" | "setIndicatorState"> {
  return {
    getIndicators: (p, context) => validated(core, p.node, { purpose: "get indicators", context, shared: true }, known),
    getIndicatorState: (p, context) =>
      validated(core, p.node, { purpose: "get indicator state", context, shared: true }, async (task) => {
        requireIndicator(await known(task), p.component, p.indicator);
        const { management } = task.driver;
        if (management.getIndicatorState === undefined) throw unsupported(task, "get_indicator_state");
        return management.getIndicatorState(task, p.component, p.indicator);
      }),
    setIndicatorState: (p, context) =>
      validated(core, p.node, { purpose: "set indicator state", context }, async (task) => {
        const { management } = task.driver;
        if (management.setIndicatorState === undefined) throw unsupported(task, "set_indicator_state");
        requireIndicator(await known(task), p.component, p.indicator, p.state);
        await task.ensureLock();
        await management.setIndicatorState(task, p.component, p.indicator, p.state);
      }),
  };
}

/** @throws UnsupportedDriverExtension */
async function known(task: NodeTask): Promise<Indicators> {
  const { management } = task.driver;
  if (management.supportedIndicators === undefined) throw unsupported(task, "get_supported_indicators");
  return management.supportedIndicators(task);
}

/** @throws InvalidParameterValue naming what there is instead */
function requireIndicator(indicators: Indicators, component: string, indicator: string, state?: string): void {
  const inComponent = Object.hasOwn(indicators, component) ? indicators[component] : undefined;
  if (inComponent === undefined) throw unknown("component", component, Object.keys(indicators));
  const found = Object.hasOwn(inComponent, indicator) ? inComponent[indicator] : undefined;
  if (found === undefined) throw unknown("indicator", indicator, Object.keys(inComponent));
  if (state === undefined) return;
  if (found.readonly)
    throw InvalidParameterValue({ reason: `Indicator ${indicator}@${component} can only be read, not set.` });
  if (!found.states.includes(state)) throw unknown("state", state, found.states);
}

function unknown(what: string, value: string, choices: readonly string[]) {
  return InvalidParameterValue({
    reason: `Invalid ${what} ${value.slice(0, 100)} specified; use one of ${choices.join(", ")}.`,
  });
}

function mediaMethods(core: Core): Pick<Parts, "attachVirtualMedia" | "detachVirtualMedia" | "getVirtualMedia"> {
  return {
    attachVirtualMedia: (p, context) =>
      inBackground(core, p.node, `attach ${p.device}`, context, async (task) => {
        const { management } = task.driver;
        if (management.attachVirtualMedia === undefined) throw unsupported(task, "attach_virtual_media");
        await task.ensureLock();
        await management.attachVirtualMedia(task, p.device, p.url, p.source);
        return {};
      }),
    detachVirtualMedia: (p, context) =>
      inBackground(core, p.node, `detach ${p.devices?.join(", ") ?? "all virtual media"}`, context, async (task) => {
        const { management } = task.driver;
        if (management.detachVirtualMedia === undefined) throw unsupported(task, "detach_virtual_media");
        await task.ensureLock();
        await management.detachVirtualMedia(task, p.devices);
        return {};
      }),
    getVirtualMedia: (p, context) =>
      validated(core, p.node, { purpose: "get virtual media", context, shared: true }, async (task) => {
        const { management } = task.driver;
        if (management.getVirtualMedia === undefined) throw unsupported(task, "get_virtual_media");
        return management.getVirtualMedia(task);
      }),
  };
}

function unsupported(task: NodeTask, extension: string) {
  return UnsupportedDriverExtension({ driver: task.node.driver, extension });
}
