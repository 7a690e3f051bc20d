/** The order of a test run: stage after stage; the lanes of a stage side by side, the parts of a lane in turn. */
import type { Part } from "./part.ts";

type Lane = readonly Part[];
export type Stage = readonly Lane[];

/** In the order in which results are shown. */
export function partsOf(stages: readonly Stage[]): readonly Part[] {
  return stages.flat(2);
}

export function only(stages: readonly Stage[], isWanted: (part: Part) => boolean): readonly Stage[] {
  return stages.map((stage) => stage.map((lane) => lane.filter(isWanted)));
}

/** What `perform` says of each part, in the order of `partsOf`; it must not throw, so that all parts get their turn. */
export async function performAll<T>(stages: readonly Stage[], perform: (part: Part) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const stage of stages) results.push(...(await performStage(stage, perform)));
  return results;
}

async function performStage<T>(stage: Stage, perform: (part: Part) => Promise<T>): Promise<T[]> {
  const lanes = stage.map(async (lane) => {
    const results: T[] = [];
    for (const part of lane) results.push(await perform(part));
    return results;
  });
  return (await Promise.all(lanes)).flat();
}
