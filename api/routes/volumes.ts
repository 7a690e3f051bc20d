/** Volumes: the documents that lead to connectors and targets, and these themselves. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { VolumeConnectorNotFound, VolumeTargetNotFound } from "../../common/errors/volume.ts";
import type { VolumeConnector, VolumeTarget } from "../../common/objects/volume.ts";
import { route } from "../engine/define-route.ts";
import { linkPair } from "../engine/resource.ts";
import { VOLUMES_SINCE, volumeConnector, volumeTarget } from "../resources/volume.ts";
import { findNode } from "./find-node.ts";
import { type VolumeKind, volumeRecordRoutes } from "./volume-records.ts";

/** A field that the schema has made sure of. */
function given<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw InvalidParameterValue({ reason: `volume: mandatory field "${field}" is missing.` });
  return value;
}

const connectors: VolumeKind<VolumeConnector> = {
  resource: volumeConnector,
  store: (services) => services.stores.volumeConnectors,
  notFound: (connector) => VolumeConnectorNotFound({ connector }),
  create: ({ stores }, values, own) =>
    stores.volumeConnectors.create({
      ...values,
      ...own,
      type: given(values.type, "type"),
      connector_id: given(values.connector_id, "connector_id"),
    }),
  change: ({ services, context }, { host, node }, connector, changes) =>
    services.transport.call(host, "updateVolumeConnector", { node, connector, changes }, context),
  destroy: ({ services, context }, { host, node }, connector) =>
    services.transport.call(host, "destroyVolumeConnector", { node, connector }, context),
};

const targets: VolumeKind<VolumeTarget> = {
  resource: volumeTarget,
  store: (services) => services.stores.volumeTargets,
  notFound: (target) => VolumeTargetNotFound({ target }),
  create: ({ stores }, values, own) =>
    stores.volumeTargets.create({
      ...values,
      ...own,
      volume_type: given(values.volume_type, "volume_type"),
      volume_id: given(values.volume_id, "volume_id"),
      boot_index: given(values.boot_index, "boot_index"),
    }),
  change: ({ services, context }, { host, node }, target, changes) =>
    services.transport.call(host, "updateVolumeTarget", { node, target, changes }, context),
  destroy: ({ services, context }, { host, node }, target) =>
    services.transport.call(host, "destroyVolumeTarget", { node, target }, context),
};

function volumeDocument(base: string, path: string) {
  return {
    links: linkPair(base, `${path}/`),
    connectors: linkPair(base, `${path}/connectors`),
    targets: linkPair(base, `${path}/targets`),
  };
}

const documents = [
  route({
    method: "GET",
    path: "/v1/volume",
    since: VOLUMES_SINCE,
    policy: "baremetal:volume:get",
    status: 200,
    handle: async ({ base }) => ({ body: volumeDocument(base, "volume") }),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/volume",
    since: VOLUMES_SINCE,
    policy: "baremetal:volume:get",
    status: 200,
    async handle(call) {
      const ident = call.params.node ?? "";
      await findNode(call, ident, ["uuid"]);
      return { body: volumeDocument(call.base, `nodes/${ident}/volume`) };
    },
  }),
];

export const volumeRoutes = [...documents, ...volumeRecordRoutes(connectors), ...volumeRecordRoutes(targets)];
