/** Reasons for which a flow ends badly, already in words that name the stage: last_error takes them as they are. */
import { reasonOf } from "../common/errors/fault.ts";

export class StageFailure extends Error {
  override readonly name: string = "StageFailure";
}

/** A step that failed; cleaning treats it more severely than what failed around it. */
export class StepFailure extends StageFailure {
  override readonly name = "StepFailure";
}

/** An operation that a user broke off. */
export class Aborted extends StageFailure {
  override readonly name = "Aborted";
}

/** An operation that an administrator broke off by force: nothing more is done to the machine, whatever it was at. */
export class ForcedAbort extends StageFailure {
  override readonly name = "ForcedAbort";
}

/** The process that did the work is gone, or stopping. */
export class Interrupted extends StageFailure {
  override readonly name = "Interrupted";
}

/** The text for last_error: `stage` is put before what does not name one itself. */
export function tellStage(stage: string, error: unknown): string {
  return error instanceof StageFailure ? error.message : `${stage}: ${reasonOf(error)}`;
}

/** Runs one stage; what it throws then says which stage it was. */
export async function inStage<T>(stage: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StageFailure ? error : new StageFailure(`${stage}: ${reasonOf(error)}`, { cause: error });
  }
}
