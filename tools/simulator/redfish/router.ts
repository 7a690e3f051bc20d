/** Finds the resource of a path: a tree of path segments, made once for all machines. */
import type { Resource } from "./exchange.ts";

interface Branch {
  readonly named: Map<string, Branch>;
  any: Branch | null;
  resource: Resource | null;
}

export interface Found {
  readonly resource: Resource;
  readonly params: readonly string[];
}

const newBranch = (): Branch => ({ named: new Map(), any: null, resource: null });

export class Router {
  readonly #root = newBranch();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      let branch = this.#root;
      for (const segment of segmentsOf(resource.path)) branch = grow(branch, segment);
      branch.resource = resource;
    }
  }

  /** A slash at the end does not matter (DSP0266, 6.5). */
  find(path: string): Found | null {
    let branch: Branch | null = this.#root;
    const params: string[] = [];
    for (const segment of segmentsOf(path)) {
      const named: Branch | undefined = branch.named.get(segment);
      if (named === undefined) params.push(segment);
      branch = named ?? branch.any;
      if (branch === null) return null;
    }
    return branch.resource === null ? null : { resource: branch.resource, params };
  }
}

function grow(branch: Branch, segment: string): Branch {
  if (segment.startsWith("{")) {
    branch.any ??= newBranch();
    return branch.any;
  }
  const known = branch.named.get(segment) ?? newBranch();
  branch.named.set(segment, known);
  return known;
}

function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "");
}
