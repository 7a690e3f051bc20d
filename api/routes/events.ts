/** POST /v1/events: what the network service tells of its ports. It is taken note of; nothing waits for it. */
import { bodyRoute, objectBody } from "../engine/define-route.ts";

const NETWORK_EVENTS = ["network.bind_port", "network.unbind_port", "network.delete_port"] as const;

interface NetworkEvent {
  readonly event: (typeof NETWORK_EVENTS)[number];
  readonly port_id: string;
  readonly mac_address: string;
  readonly status: string;
}

const optionalUuid = { type: ["string", "null"], format: "lenient-uuid" };

const event = {
  type: "object",
  properties: {
    event: { enum: NETWORK_EVENTS },
    port_id: { type: "string", format: "lenient-uuid" },
    mac_address: { type: "string", format: "mac" },
    status: { type: "string" },
    device_id: optionalUuid,
    "binding:host_id": optionalUuid,
    "binding:vnic_type": { type: ["string", "null"] },
  },
  required: ["event", "port_id", "mac_address", "status"],
  additionalProperties: false,
};

const post = bodyRoute({
  method: "POST",
  path: "/v1/events",
  since: 54,
  policy: "baremetal:events:post",
  body: objectBody<{ events: readonly NetworkEvent[] }>(
    "events",
    { events: { type: "array", minItems: 1, items: event } },
    ["events"],
  ),
  status: 204,
  async handle({ services, body, context }) {
    for (const { event: name, port_id, mac_address, status } of body.events) {
      const about = { event: name, port_id, mac_address, status, request_id: context.request_id };
      services.log.info(about, "event of the network service");
    }
    return {};
  },
});

export const eventRoutes = [post];
