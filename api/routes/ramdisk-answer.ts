/** What every call of a ramdisk shares: how little a refusal says, whose data is read, and what an agent is told to start with. */
import { NotFound } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { ParamDefs } from "../engine/params.ts";
import { linkPair } from "../engine/resource.ts";
import type { Answer, Call } from "../engine/route.ts";
import { isMac } from "../engine/values.ts";
import { ADDRESS_COLUMNS } from "./find-node.ts";

const TOKEN_SINCE = 62;

export type RamdiskCall = Pick<Call<ParamDefs, unknown>, "services" | "context" | "minor" | "base">;

/** Says no more than that: callers are not known. */
export const notFound = () => NotFound({ what: "A node for this ramdisk" });

/** In lower case; what is no address is left out. */
export function validMacs(addresses: readonly string[]): readonly string[] {
  const given = addresses.map((address) => address.trim());
  return given.filter(isMac).map((address) => address.toLowerCase());
}

/** What is checked of the caller's node, and what addresses its conductor. */
export const CALLER_COLUMNS = [...ADDRESS_COLUMNS, "provision_state", "driver_info"];

export async function lookupAnswer(call: RamdiskCall, node: Node, address: string | null): Promise<Answer> {
  const { services, context } = call;
  const host = await services.conductors.hostFor(node);
  const params = { node: node.uuid, address, issue_token: call.minor >= TOKEN_SINCE };
  const answer = await services.transport.call(host, "lookupNode", params, context);
  const { uuid, properties } = answer.node;
  const links = linkPair(call.base, `nodes/${uuid}`);
  return {
    body: {
      node: {
        uuid,
        properties,
        instance_info: maskSecrets(answer.node.instance_info),
        driver_internal_info: maskSecrets(answer.node.driver_internal_info),
        links,
      },
      config: { ...answer.config, agent_token: answer.agent_token },
    },
  };
}
