/** Ferric's own path for what was last said to a node's controller. Outside /v1. */
import { route } from "../engine/define-route.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

/** The conductor remembers it and has only to look. */
const ASK_MS = 10_000;

const show = route({
  method: "GET",
  path: "/ferric/v1/nodes/:node/bmc-log",
  policy: "ferric:node:bmc_log:get",
  status: 200,
  async handle(call) {
    const { services, context, params } = call;
    const node = await findNode(call, params.node ?? "", ADDRESS_COLUMNS);
    const conductor = await services.conductors.hostFor(node);
    const exchanges = await services.transport.call(conductor, "bmcLog", { node: node.uuid }, context, ASK_MS);
    return { body: { node: node.uuid, conductor, exchanges } };
  },
});

export const ownBmcLogRoutes = [show];
