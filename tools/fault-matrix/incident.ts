/** What a fault did, as far as the clock and the nodes tell: for the figures of a round. */
import type { FleetView, NodeView } from "./fleet-view.ts";
import type { Random } from "./random.ts";
import type { Shape, Site } from "./shape.ts";

export interface Scene<S extends Site = Shape> {
  readonly shape: S;
  readonly view: FleetView;
  readonly random: Random;
  /** The nodes that clients drive. */
  readonly fleet: readonly string[];
}

export interface Incident {
  /** Nodes that were being worked on by what the fault hit. */
  readonly interrupted: readonly string[];
  /** Nodes that waited for their agent in the moment of the hit, where that can be told; else those shortly before. */
  readonly waiting?: readonly NodeView[];
  /** Date.now() of the hit, and of the moment when everything was there again. */
  readonly hitAt: number;
  readonly backAt: number;
  /** Nodes must be at rest this many seconds after `restFrom`. */
  readonly restFrom: number;
  readonly restWithin: number;
  /** Whether it is a takeover, to be shown as one. */
  readonly takeover?: true;
  /** Seconds until an API process that was killed answered again. */
  readonly apiBack?: number;
  /** Seconds of processor time that it had used by then: what the machine's load does not change. */
  readonly apiCpu?: number;
  /** What else is to be said. */
  readonly note?: string;
}

export interface Fault<S extends Site = Shape> {
  readonly name: string;
  readonly title: string;
  readonly persistent?: boolean;
  readonly proxied?: true;
  /** Needs a disk of its own. */
  readonly disks?: true;
  /** At the keep-alive settings of a release. */
  readonly defaults?: true;
  inject(scene: Scene<S>): Promise<Incident>;
}
