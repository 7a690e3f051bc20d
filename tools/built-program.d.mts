/** The checkout. */
export const ROOT: string;
/** Below the checkout. */
export const PROGRAM: string;
export const SOURCES: readonly string[];
export function builtProgram(command: string | undefined, root?: string): string | null;
