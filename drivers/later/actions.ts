/**
 * The actions of each interface type, all of them refused: what an interface is made of whose client is still missing.
 * Putting away what was never set up succeeds, so that a node can always be torn down and deleted.
 */
import { NotBuiltYet } from "../../common/errors/driver.ts";
import type { InterfaceType } from "../../common/objects/node.ts";
import type { Interface, InterfaceOf } from "../base/interfaces.ts";
import type { StepOutcome } from "../base/steps.ts";

export type Actions<T extends InterfaceType> = Omit<InterfaceOf<T>, keyof Interface>;

const nothing = async (): Promise<void> => {};
const done = async (): Promise<StepOutcome> => "done";

/** Types that an interface in waiting may have. */
export type LaterType = "deploy";

/** `what` names interface and type in the fault. */
export const REFUSED_ACTIONS: { readonly [T in LaterType]: (what: string) => Actions<T> } = {
  deploy: (what) => ({
    prepare: refuse(what),
    tearDown: done,
    cleanUp: nothing,
    takeOver: nothing,
    prepareCleaning: refuse(what),
    tearDownCleaning: nothing,
  }),
};

export function refuse(what: string): () => Promise<never> {
  return async () => {
    throw NotBuiltYet({ what });
  };
}
