/**
 * Interfaces that are declared and wait for their client: nodes can be created with them, validation checks their keys,
 * their steps are offered, and every action answers with a fault that names the interface. Who builds a client replaces
 * the line in built-in.ts.
 */
import type { Flow } from "../../common/steps.ts";
import { defineInterface, type InterfaceEntry } from "../base/define.ts";
import type { InterfaceOf } from "../base/interfaces.ts";
import type { StepDef } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { type Actions, type LaterType, REFUSED_ACTIONS, refuse } from "./actions.ts";

export interface LaterStep {
  readonly step: string;
  readonly flows: Readonly<Partial<Record<Flow, number>>>;
  readonly abortable?: boolean;
  /** Arguments with whether they are required. */
  readonly args?: Readonly<Record<string, boolean>>;
}

export interface LaterDeclaration {
  readonly properties: Readonly<Record<string, string>>;
  /** @throws MissingParameterValue, InvalidParameterValue naming the key */
  readonly check: (task: Task) => void;
  readonly steps?: readonly LaterStep[];
}

export function later<T extends LaterType>(type: T, name: string, declared: LaterDeclaration): InterfaceEntry<T> {
  const what = `The ${type} interface ${name}`;
  const actions = REFUSED_ACTIONS[type](what) as Actions<T>;
  const { properties, check } = declared;
  return defineInterface(
    type,
    name,
    () =>
      ({
        ...actions,
        properties,
        steps: (declared.steps ?? []).map((step) => refusedStep(what, step)),
        validate: async (task: Task) => check(task),
      }) as unknown as InterfaceOf<T>,
  );
}

export function refusedStep(what: string, { step, flows, abortable, args }: LaterStep): StepDef {
  const argsinfo = Object.entries(args ?? {}).map(([name, required]) => [
    name,
    { description: `Argument ${name} of ${step}.`, required },
  ]);
  return {
    step,
    flows,
    abortable: abortable ?? false,
    ...(args === undefined ? {} : { argsinfo: Object.fromEntries(argsinfo) }),
    run: refuse(what),
  };
}
