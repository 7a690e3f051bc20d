/** The machine as its hardware managers know it together: methods and steps of the best supporter that has them. */
import type { AgentFlow, AgentStep, HardwareManagerVersions } from "../../common/agent-protocol.ts";
import { commandFailed } from "../errors.ts";
import type { HardwareManager, HardwareMethods, StepDefinition } from "./contract.ts";

export class Hardware {
  readonly managers: readonly HardwareManager[];

  private constructor(managers: readonly HardwareManager[]) {
    this.managers = managers;
  }

  /** Asks every manager for its support and keeps those above 0, best first; equal ones in the given order. */
  static async detect(candidates: readonly HardwareManager[]): Promise<Hardware> {
    const scored = await Promise.all(candidates.map(async (manager) => ({ manager, score: await manager.support() })));
    const usable = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
    if (usable.length === 0) throw new Error("no hardware manager supports this machine");
    return new Hardware(usable.map(({ manager }) => manager));
  }

  /** The method of the best manager that has it. */
  method<K extends keyof HardwareMethods>(name: K): HardwareMethods[K] {
    for (const manager of this.managers) {
      const found = manager.methods[name];
      if (found !== undefined) return found;
    }
    throw commandFailed(`no hardware manager of this machine offers ${name}`);
  }

  versions(): HardwareManagerVersions {
    return Object.fromEntries(this.managers.map((manager) => [manager.name, manager.version]));
  }

  /** Steps of a flow by manager name. A step that several offer appears under each; the conductor's rule picks the best. */
  steps(flow: AgentFlow): Readonly<Record<string, readonly AgentStep[]>> {
    const seen = new Set<string>();
    const lists: Record<string, readonly AgentStep[]> = {};
    for (const manager of this.managers) {
      const own = manager.steps.filter((step) => step.flows[flow] !== undefined && !seen.has(step.step));
      for (const step of own) seen.add(step.step);
      lists[manager.name] = own.map((step) => shown(step, flow));
    }
    return lists;
  }

  findStep(flow: AgentFlow, name: string): StepDefinition {
    for (const manager of this.managers) {
      const found = manager.steps.find((step) => step.step === name && step.flows[flow] !== undefined);
      if (found !== undefined) return found;
    }
    const known = this.managers.flatMap((manager) => manager.steps.filter((step) => step.flows[flow] !== undefined));
    throw commandFailed(`there is no ${flow} step ${name}; known: ${known.map((step) => step.step).join(", ")}`);
  }
}

function shown(step: StepDefinition, flow: AgentFlow): AgentStep {
  return {
    step: step.step,
    priority: step.flows[flow] ?? 0,
    interface: step.interface,
    reboot_requested: step.rebootRequested ?? false,
    abortable: step.abortable ?? false,
    ...(step.argsinfo === undefined ? {} : { argsinfo: step.argsinfo }),
  };
}
