/** The two public documents: what this service is, and which collections a version has. */
import { route } from "../engine/define-route.ts";
import { linkPair } from "../engine/resource.ts";
import { MAX_VERSION, MIN_VERSION } from "../microversions.ts";

/** Collections of the v1 document, with the minor from which they are listed. */
const COLLECTIONS: readonly (readonly [name: string, since: number])[] = [
  ["chassis", 1],
  ["nodes", 1],
  ["ports", 1],
  ["drivers", 1],
  ["portgroups", 23],
  ["volume", 32],
  ["lookup", 22],
  ["heartbeat", 22],
  ["conductors", 49],
  ["allocations", 52],
  ["events", 54],
  ["deploy_templates", 55],
  ["shards", 82],
  ["runbooks", 92],
  ["inspection_rules", 96],
  ["continue_inspection", 84],
];

function versionOf(base: string) {
  return {
    id: "v1",
    links: [{ href: `${base}/v1/`, rel: "self" }],
    status: "CURRENT",
    min_version: MIN_VERSION,
    version: MAX_VERSION,
  };
}

const root = route({
  method: "GET",
  path: "/",
  policy: "public",
  status: 200,
  handle: async ({ base }) => ({
    body: {
      name: "OpenStack Ironic API",
      description: "Enrols, provisions and manages bare-metal machines.",
      default_version: versionOf(base),
      versions: [versionOf(base)],
    },
  }),
});

const v1 = route({
  method: "GET",
  path: "/v1",
  policy: "public",
  status: 200,
  handle: async ({ base, minor }) => {
    const listed = COLLECTIONS.filter(([, since]) => since <= minor);
    return {
      body: {
        id: "v1",
        links: [
          { href: `${base}/v1/`, rel: "self" },
          {
            href: "https://docs.openstack.org//ironic/latest/contributor//webapi.html",
            rel: "describedby",
            type: "text/html",
          },
        ],
        media_types: { base: "application/json", type: "application/vnd.openstack.ironic.v1+json" },
        version: versionOf(base),
        ...Object.fromEntries(listed.map(([name]) => [name, linkPair(base, `${name}/`)])),
      },
    };
  },
});

export const discoveryRoutes = [root, v1];
