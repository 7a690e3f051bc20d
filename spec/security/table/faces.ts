/** reliability.md, section 6: bad input at each face. */
import { at, type Row } from "./row.ts";

const INPUT = "system/input/faces.spec.ts";
const LINES = "security/section-6-api.spec.ts";
const MACHINES = "security/section-6-machines.spec.ts";
const TFTP = "unit/boot/tftp/server.spec.ts";

export const FACES: readonly Row[] = [
  {
    name: "API auth",
    rule: "401, 403, 404 where existence must not leak; no token in a log",
    proofs: [
      at(LINES, "API auth: "),
      at("api/http-basic.spec.ts", "answers wrong passwords and unknown names alike"),
      at("api/keystone.spec.ts", "turns away who brings no token"),
      at("api/policy/ownership.spec.ts", "tells a stranger the same of a node of others as of none"),
    ],
  },
  {
    name: "API body",
    rule: "400; 413 for size; no prototype changed",
    proofs: [
      at(LINES, "API body:"),
      at(INPUT, "answered in time, by no more than the contract's statuses"),
      at("security/cve-api.spec.ts", "OSSN-0099"),
    ],
  },
  {
    name: "API patch",
    rule: "400, 403, 409; the row as it was",
    proofs: [
      at(LINES, "API patch: "),
      at(INPUT, "a refused patch changes nothing of the record"),
      at("unit/api/json-patch.spec.ts", ""),
    ],
  },
  { name: "API query", rule: "400, never 500", proofs: [at(LINES, "API query:"), at(INPUT, "answered in time")] },
  {
    name: "Names",
    rule: "400 or 404; no header of theirs",
    proofs: [at(LINES, "Names: unicode"), at(INPUT, "answered in time")],
  },
  {
    name: "Lookup",
    rule: "404, masked token, a limit by address",
    proofs: [at(LINES, "Lookup: unknown"), at("security/ramdisk-endpoints.spec.ts", "take a burst from an address")],
  },
  {
    name: "Heartbeat",
    rule: "400; no call goes out",
    proofs: [
      at(LINES, "Heartbeat: wrong"),
      at("unit/common/callback-address.spec.ts", "that are refused change nothing on the node"),
      at("security/image-sources.spec.ts", "a name cannot change between check and use"),
    ],
  },
  {
    name: "Agent API",
    rule: "401 without a token; argument arrays only",
    proofs: [
      at(MACHINES, "Agent API: "),
      at("security/cve-boot-and-agent.spec.ts", "bug 2160196"),
      at("security/cve-boot-and-agent.spec.ts", "CVE-2026-66138"),
    ],
  },
  {
    name: "Image fetch",
    rule: "refused before a disk is written; last_error says which rule",
    proofs: [
      at(MACHINES, "Image fetch: "),
      at("security/image-sources.spec.ts", "never lead to"),
      at("unit/conductor-boot/cache-fetch.spec.ts", "follows redirects to http only"),
      at("unit/conductor-boot/cache-fetch.spec.ts", "ends a body that never ends"),
      at("unit/ipa-agent/image/stream-raw.spec.ts", "redirected to a file or another scheme is refused"),
      at("security/cve-images.spec.ts", "CVE-2024-44082"),
    ],
  },
  {
    name: "file://",
    rule: "refused before it is opened",
    proofs: [
      at(MACHINES, "file://: "),
      at("security/cve-images.spec.ts", "OSSA-2025-001"),
      at("unit/conductor-boot/cache-file-urls.spec.ts", "refuses everything else before opening it"),
    ],
  },
  {
    name: "Config drive",
    rule: "400 or 413; masked",
    proofs: [
      at(MACHINES, "Config drive: "),
      at("unit/drivers/agent/config-drive.spec.ts", "without showing what is in them"),
      at("security/cve-images.spec.ts", "CVE-2026-48681"),
      at("unit/ipa-agent/disk/config-drive.spec.ts", "no bomb fills the memory"),
    ],
  },
  {
    name: "Boot files",
    rule: "refused; files byte by byte as expected",
    proofs: [
      at(MACHINES, "Boot files: "),
      at("security/cve-boot-and-agent.spec.ts", "CVE-2026-46447"),
      at("unit/drivers/pxe/boot-files.spec.ts", "is what it was"),
    ],
  },
  {
    name: "DHCP and TFTP",
    rule: "errors 1, 2, 4; bounded memory; no amplification",
    proofs: [
      at(MACHINES, "DHCP and TFTP: "),
      at(TFTP, "answers what is not there, not allowed or not understood"),
      at(TFTP, "never sends more than one small packet"),
      at(TFTP, "keeps few transfers a source"),
      at(TFTP, "drops what comes from port 0"),
      at("unit/boot/dhcp/packet.spec.ts", "survive any cut and any flipped byte"),
      at("unit/conductor-boot/resolver.spec.ts", "serves nothing under another token"),
    ],
  },
  {
    name: "IPMI over UDP",
    rule: "dropped; the process lives",
    proofs: [
      at(MACHINES, "IPMI over UDP: "),
      at("unit/drivers/ipmi/client/fuzz.spec.ts", "datagrams of any kind while it works"),
      at("unit/drivers/ipmi/ipmitool-trouble.spec.ts", "gives up on a silent BMC"),
    ],
  },
  {
    name: "Redfish",
    rule: "time-outs; credentials to no other host",
    proofs: [
      at("security/section-6-redfish.spec.ts", "Redfish: a huge body"),
      at("unit/drivers/redfish/client/faults.spec.ts", "a BMC that drips is given up"),
      at("unit/drivers/redfish/client/client.spec.ts", "takes its credentials nowhere else"),
    ],
  },
  {
    name: "Console",
    rule: "closed; stopped at unprovision",
    proofs: [
      at("unit/api/novnc/proxy.spec.ts", "refuses wrong tokens, other nodes' and those of no node"),
      at("unit/api/novnc/proxy.spec.ts", "says that a token has expired"),
      at("unit/api/novnc/proxy.spec.ts", "lets pages of other places in nowhere"),
      at("unit/api/novnc/proxy.spec.ts", "Console: closes a viewer whose frame is to have a gigabyte"),
      at("unit/api/novnc/proxy.spec.ts", "ends a session whose console "),
      at("unit/conductor/graphical-consoles.spec.ts", "goes with its node, and with the node's instance"),
    ],
  },
  { name: "Prepare script", rule: "single use, short life", proofs: [], later: "onboarding of hosts: a later issue" },
  {
    name: "Supply chain",
    rule: "npm ci only; install scripts known; SBOM",
    proofs: [at("security/supply-chain.spec.ts", "Supply chain")],
    later: "SBOM: with the first release",
  },
  {
    name: "Idle and slow clients (issue D, 7)",
    rule: "constant memory, others are served",
    proofs: [
      at("security/connections.spec.ts", "Idle and slow clients"),
      at("security/connections.spec.ts", "answers others at once, in constant memory"),
    ],
  },
  {
    name: "Random and mutated input (issue D)",
    rule: "no crash, no 5xx",
    proofs: [
      at("api/random-input.spec.ts", "Random and mutated input"),
      at("api/random-input.spec.ts", "never with a 5xx"),
      at("unit/tools/fuzz/fuzzer.spec.ts", ""),
    ],
  },
];
