/** What became of the nodes that waited for their agent when a fault came. */
import type { NodeView } from "./fleet-view.ts";
import type { Client, NodeProblem } from "./node-client.ts";

/** The fail states and problems of those that did not go on: met by the very request for which they waited, not by a later one. */
export function brokenWaits(
  waiting: readonly Pick<NodeView, "uuid" | "extra">[],
  clients: readonly Pick<Client, "uuid" | "failures">[],
  problems: readonly NodeProblem[],
): readonly string[] {
  return waiting.flatMap(({ uuid, extra }) => {
    const failures = clients.find((client) => client.uuid === uuid)?.failures ?? [];
    const failure = failures.find(({ run }) => run === extra.run);
    return failure?.text ?? problems.find(({ message }) => message.startsWith(uuid))?.message ?? [];
  });
}
