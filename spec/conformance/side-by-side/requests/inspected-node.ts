/** Whose inspection data it is: by UUID, ports and the BMC that the ramdisk reports, where they agree and where they do not. */
import { del, get, post, put, type Step } from "../exchange.ts";

interface Machine {
  readonly uuid: string;
  readonly mac: string;
  readonly driver_info: Readonly<Record<string, string>>;
}

const A: Machine = {
  uuid: "5eed0000-0000-4000-8000-000000000021",
  mac: "52:54:00:5e:ee:21",
  driver_info: { ipmi_address: "192.0.2.21" },
};
const B: Machine = {
  uuid: "5eed0000-0000-4000-8000-000000000022",
  mac: "52:54:00:5e:ee:22",
  driver_info: { redfish_address: "https://[fd00:5eed::22]:8000" },
};
/** Behind A's BMC. */
const C: Machine = {
  uuid: "5eed0000-0000-4000-8000-000000000023",
  mac: "52:54:00:5e:ee:23",
  driver_info: { bmc_address: "192.0.2.21" },
};
const UNKNOWN = "52:54:00:5e:ee:2f";
const NOBODYS = { bmc_address: "192.0.2.29", bmc_v6address: "fd00:5eed::29" };
const OF_A = { bmc_address: "192.0.2.21" };
const OF_B = { bmc_v6address: "fd00:5eed::22" };

const states = ({ uuid }: Machine, provision_state: string): Step =>
  get(`/v1/nodes/${uuid}?fields=provision_state,reservation`, { until: { provision_state, reservation: null } });

function enrolled(machine: Machine): readonly Step[] {
  const { uuid, mac, driver_info } = machine;
  return [
    post("/v1/nodes", { uuid, driver: "fake-hardware", inspect_interface: "agent", driver_info }),
    post("/v1/ports", { node_uuid: uuid, address: mac }),
    verb(machine, "manage"),
    states(machine, "manageable"),
  ];
}

const verb = ({ uuid }: Machine, target: string): Step => put(`/v1/nodes/${uuid}/states/provision`, { target });
const waits = (machine: Machine): readonly Step[] => [verb(machine, "inspect"), states(machine, "inspect wait")];

/** An error of the ramdisk's ends the inspection without a change of anything that is known of the machine. */
function sent(macs: readonly string[], bmc: object, uuid?: string): Step {
  const interfaces = macs.map((mac_address, index) => ({ name: `eth${index}`, mac_address, ipv4_address: null }));
  const query = uuid === undefined ? "" : `?node_uuid=${uuid}`;
  return post(`/v1/continue_inspection${query}`, { inventory: { interfaces, ...bmc }, error: "enough" });
}

/** Found: the inspection of `machine` ends, and begins again. */
const taken = (machine: Machine, macs: readonly string[], bmc: object, uuid?: string): readonly Step[] => [
  sent(macs, bmc, uuid),
  states(machine, "inspect failed"),
  ...waits(machine),
];

const whenTwoWait: readonly Step[] = [
  ...taken(A, [A.mac], {}),
  ...taken(A, [UNKNOWN], OF_A),
  ...taken(A, ["none"], { ...OF_A, bmc_v6address: null }),
  ...taken(B, [UNKNOWN], OF_B),
  ...taken(B, [UNKNOWN], { bmc_address: "fd00:5eed::22" }),
  ...taken(A, [A.mac], NOBODYS),
  ...taken(A, [A.mac], { ...OF_A, ...OF_B }),
  ...taken(A, [UNKNOWN], NOBODYS, A.uuid),
  ...taken(A, ["none"], {}, A.uuid),
  sent([A.mac], OF_B),
  sent([A.mac, B.mac], {}),
  sent([A.mac, B.mac], OF_A),
  sent([UNKNOWN], { ...OF_A, ...OF_B }),
  sent([UNKNOWN], NOBODYS),
  sent([B.mac], {}, A.uuid),
  sent([UNKNOWN], OF_B, A.uuid),
  sent([A.mac], OF_B, A.uuid),
  sent([A.mac], {}, "5eed0000-0000-4000-8000-0000000000ff"),
  sent(["none"], {}),
  sent(["none"], { bmc_address: "", bmc_v6address: null }),
  sent([A.mac], { bmc_address: 5 }),
  sent([A.mac], {}, "no-uuid"),
];

const whenOneWaits: readonly Step[] = [
  verb(A, "abort"),
  states(A, "inspect failed"),
  sent([A.mac], {}),
  sent([UNKNOWN], OF_A),
  sent([A.mac], OF_B),
  sent([UNKNOWN], {}, A.uuid),
  ...taken(B, [B.mac], OF_A),
  ...waits(A),
];

const whenTwoAreBehindOne: readonly Step[] = [
  ...waits(C),
  sent([UNKNOWN], OF_A),
  ...taken(C, [C.mac], OF_A),
  ...taken(A, [UNKNOWN], OF_A, A.uuid),
  verb(C, "abort"),
  states(C, "inspect failed"),
  ...taken(A, [UNKNOWN], OF_A),
  sent([C.mac], OF_A),
];

const gone = (machine: Machine): readonly Step[] => [
  verb(machine, "abort"),
  states(machine, "inspect failed"),
  verb(machine, "manage"),
  states(machine, "manageable"),
  del(`/v1/nodes/${machine.uuid}`),
];

export const INSPECTED_NODE: readonly Step[] = [
  ...[A, B, C].flatMap(enrolled),
  ...waits(A),
  ...waits(B),
  ...whenTwoWait,
  ...whenOneWaits,
  ...whenTwoAreBehindOne,
  ...gone(A),
  ...gone(B),
  ...gone(C).slice(2),
];
