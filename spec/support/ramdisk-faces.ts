/** Bad input at the three calls that need no credentials: lookup, heartbeat, inspection data. */
import { asJson, ask, type Face, WRONG } from "./face.ts";
import type { Known } from "./random-requests.ts";

const at = (minor: number) => ({ "X-OpenStack-Ironic-API-Version": `1.${minor}` });

/** Only nodes that wait for a ramdisk are found; none of these does. */
function lookups({ nodes, addresses }: Known): Face {
  const macs = [
    "52:54:00:ff:ff:ff",
    "",
    ",",
    "bogus",
    "x".repeat(9000),
    "%00",
    addresses.join(","),
    addresses[0] ?? "",
  ];
  const uuids = ["", "bogus", "00000000-0000-0000-0000-000000000000", "%2e%2e", nodes[0] ?? "", "__proto__"];
  const texts = [
    ...macs.map((mac) => `addresses=${mac}`),
    ...uuids.flatMap((uuid) => [`node_uuid=${uuid}`, `addresses=bogus&node_uuid=${uuid}`]),
    ...["addresses=a&addresses=b", "bogus=1", "", `addresses=${"52:54:00:ff:ff:ff,".repeat(1000)}`],
  ];
  return {
    name: "lookups",
    requests: texts.flatMap((text) =>
      [22, 61, 62, 115].map((minor) => ask("GET", `/v1/lookup?${text}`, null, at(minor))),
    ),
    answers: [400, 404, 414, 431],
  };
}

const CALLBACKS: readonly unknown[] = [
  ...["file:///etc/passwd", "gopher://127.0.0.1:1/", "http://169.254.169.254/latest", "http://[fe80::1]/", "http://0/"],
  ...[
    "http://127.0.0.1:1",
    "http://localhost",
    "http://[::1]:1",
    "javascript:1",
    "http://a\r\nb",
    "http://u:p@a/",
    "//a",
  ],
  ...["", " ", null, 5, {}, [], true, "x".repeat(9000), "http://[::1]:99999/", "HTTP://", "\ud800"],
];
const TOKENS: readonly unknown[] = [null, "", "wrong", "******", 5, {}, [], "x".repeat(9000), "\ud800"];

/** From where no ramdisk runs. No answer is a success, so none leads to a call to the URL. */
function heartbeats({ nodes }: Known): Face {
  const agents = [nodes[0] ?? "", "00000000-0000-0000-0000-000000000000", "known-0", "bogus", "%2e%2e"];
  const told = CALLBACKS.flatMap((callback_url) =>
    TOKENS.map((agent_token) => ({ callback_url, agent_token, agent_version: "1" })),
  );
  const odd = [
    { agent_version: 5 },
    { agent_version: "x" },
    { bogus: 1 },
    { agent_verify_ca: 5 },
    { agent_status: "?" },
  ];
  const good = { callback_url: "https://198.51.100.7:9999", agent_token: "wrong", agent_version: "9.0" };
  return {
    name: "heartbeats",
    requests: agents.flatMap((agent) => [
      ...told.map((body) => ask("POST", `/v1/heartbeat/${agent}`, asJson(body))),
      ...odd.map((more) => ask("POST", `/v1/heartbeat/${agent}`, asJson({ ...good, ...more }))),
      ask("POST", `/v1/heartbeat/${agent}`, asJson(good)),
    ]),
    answers: [400, 404],
  };
}

/** Of machines that nobody waits for. */
const inspections: Face = {
  name: "inspection data",
  requests: [
    ...WRONG.flatMap((value) => [{ inventory: value }, { inventory: { interfaces: value } }, value]).map((body) =>
      ask("POST", "/v1/continue_inspection", asJson(body)),
    ),
    ...["node_uuid=bogus", "node_uuid=", "bogus=1"].map((query) =>
      ask("POST", `/v1/continue_inspection?${query}`, asJson({ inventory: { interfaces: [{ mac_address: 5 }] } })),
    ),
  ],
  answers: [400, 404],
};

export function ramdiskFaces(known: Known): readonly Face[] {
  return [lookups(known), heartbeats(known), inspections];
}
