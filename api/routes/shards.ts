/** Shards: how many nodes each has. */
import { NotFound } from "../../common/errors/request.ts";
import { route } from "../engine/define-route.ts";

const SHARDS_SINCE = 82;

const list = route({
  method: "GET",
  path: "/v1/shards",
  since: SHARDS_SINCE,
  policy: "baremetal:shards:get",
  status: 200,
  async handle(call) {
    const counts = await call.services.stores.shards.counts();
    // Nodes without a shard are counted under this word, as the peer does.
    return { body: { shards: counts.map(({ name, count }) => ({ name: name ?? "None", count })) } };
  },
});

const show = route({
  method: "GET",
  path: "/v1/shards/:shard",
  since: SHARDS_SINCE,
  policy: "baremetal:shards:get",
  status: 200,
  async handle(call) {
    throw NotFound({ what: `Shard ${call.params.shard} has no page of its own: list /v1/shards. The resource` });
  },
});

export const shardRoutes = [list, show];
