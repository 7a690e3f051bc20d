/** Kernel parameters that every boot of the ramdisk gets, whatever it boots for. */
import { KERNEL_PARAMS } from "../../common/agent-protocol.ts";
import type { Config } from "../../common/config/config.ts";
import type { RamdiskParams } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";
import { apiUrl } from "./api-url.ts";

/** @throws InvalidParameterValue when the configuration does not say where the API is */
export function ramdiskParams(task: Task, config: Config): RamdiskParams {
  const api = apiUrl(config);
  const { agent_secret_token: token, agent_secret_token_pregenerated: made } = task.node.driver_internal_info;
  return {
    [KERNEL_PARAMS.apiUrl]: api,
    [KERNEL_PARAMS.requestId]: task.context.request_id,
    [KERNEL_PARAMS.eventsUrl]: `${api}/ferric/v1/agent/${task.node.uuid}/events`,
    ...(made === true && typeof token === "string" ? { [KERNEL_PARAMS.token]: token } : {}),
    ...(config.DEFAULT.debug ? { [KERNEL_PARAMS.debug]: "1" } : {}),
  };
}
