/** What `ferric bmc probe` is told of a controller, and how it tells what it found. */
import type { Finding } from "../doctor/check.ts";

export interface ProbedBmc {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly ipmiPort: number;
  readonly redfishPort: number;
  /** Authorities (PEM) to check the certificate with; null: the system's. */
  readonly caFile: string | null;
}

/** One thing that is looked at, of one protocol. */
export interface ProbeStep {
  /** Such as "ipmi login". */
  readonly name: string;
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface ProbedPart {
  readonly steps: readonly ProbeStep[];
  close(): Promise<void>;
}
