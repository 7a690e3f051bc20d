/** The order of steps. Source: the contract's steps.json, rules. */
import type { StepInterface, StoredStep } from "../../common/steps.ts";

/** Among equal priorities the higher one goes first. */
const TIE: Readonly<Partial<Record<StepInterface, number>>> = {
  vendor: 7,
  power: 6,
  management: 5,
  firmware: 4,
  deploy: 3,
  bios: 2,
  raid: 1,
};

/** Highest priority first; stable for what is equal in everything. */
export function inOrder(steps: readonly StoredStep[]): readonly StoredStep[] {
  return [...steps].sort((a, b) => b.priority - a.priority || (TIE[b.interface] ?? 0) - (TIE[a.interface] ?? 0));
}

/** "deploy.write_image": what identifies a step. */
export function stepName(step: { readonly interface: string; readonly step: string }): string {
  return `${step.interface}.${step.step}`;
}
