/**
 * Faults: the errors that a client or an operator sees. Each has a name, an HTTP status and a text, declared once with
 * `defineFault` in the file of its family; nothing else writes such texts. As a value (`Fault`) a fault crosses the
 * transport and is stored; thrown, it is a `FerricError`.
 */
export interface Fault {
  readonly name: string;
  readonly code: number;
  readonly message: string;
  /** Seconds after which the same request may succeed; becomes the Retry-After header. */
  readonly retryAfter?: number;
}

export class FerricError extends Error {
  readonly fault: Fault;
  override readonly name: string;

  constructor(fault: Fault, cause?: unknown) {
    super(fault.message, cause === undefined ? undefined : { cause });
    this.fault = fault;
    this.name = fault.name;
  }

  get code(): number {
    return this.fault.code;
  }
}

export interface FaultFactory<P> {
  (params: P, cause?: unknown): FerricError;
  readonly faultName: string;
  readonly code: number;
  /** Whether `error` is a fault of this kind, also after it has crossed the transport. */
  matches(error: unknown): error is FerricError;
}

const catalogue = new Map<string, FaultFactory<never>>();

/** Declares a fault. `text` gets the parameters and must not contain secrets. */
export function defineFault<P>(
  name: string,
  code: number,
  text: (params: P) => string,
  options: { readonly retryAfter?: number } = {},
): FaultFactory<P> {
  const make = (params: P, cause?: unknown) =>
    new FerricError({ name, code, message: text(params), ...options }, cause);
  const factory = Object.assign(make, {
    faultName: name,
    code,
    matches: (error: unknown): error is FerricError => error instanceof FerricError && error.name === name,
  });
  catalogue.set(name, factory);
  return factory;
}

/** Every declared fault by name, for tests and the reference page. */
export function faultCatalogue(): ReadonlyMap<string, FaultFactory<never>> {
  return catalogue;
}

/** The fault of any thrown value. Unknown errors become a plain 500 that shows nothing of the inside. */
export function toFault(error: unknown): Fault {
  if (error instanceof FerricError) return error.fault;
  return { name: "InternalError", code: 500, message: "An unexpected error occurred; see the log of the service" };
}

/** The text for a node's last_error: a fault's own text, or an unknown error's message. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String(error);
}

export function fromFault(fault: Fault): FerricError {
  return new FerricError(fault);
}
