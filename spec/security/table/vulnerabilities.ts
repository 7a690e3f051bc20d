/** reliability.md, section 3: what others got wrong. */
import { at, type Row } from "./row.ts";

const API = "security/cve-api.spec.ts";
const IMAGES = "security/cve-images.spec.ts";
const BOOT = "security/cve-boot-and-agent.spec.ts";
const OWNERS = "security/cve-owners.spec.ts";

export const VULNERABILITIES: readonly Row[] = [
  {
    name: "CVE-2016-4985",
    rule: "lookup shows a fixed small set of fields, in a ramdisk's states only",
    proofs: [at(API, "CVE-2016-4985: a lookup"), at(API, "CVE-2016-4985: and where")],
  },
  {
    name: "CVE-2024-44082",
    rule: "own inspection of image headers; backing files, data files, unknown features refused, by conductor and agent",
    proofs: [
      at(IMAGES, "CVE-2024-44082: a qcow2 image with"),
      at(IMAGES, "CVE-2024-44082: a qcow2 image is not taken"),
      at("unit/ipa-agent/image/qcow2.spec.ts", "with a backing file is refused before any write"),
    ],
  },
  {
    name: "CVE-2024-47211",
    rule: "a checksum always, of what came, before anything reads it",
    proofs: [at(IMAGES, "CVE-2024-47211: an image"), at(IMAGES, "CVE-2024-47211 (follow-up)")],
  },
  {
    name: "OSSA-2025-001",
    rule: "files of the conductor below named folders only, by their real path",
    proofs: [at(IMAGES, "OSSA-2025-001")],
  },
  {
    name: "CVE-2026-44919",
    rule: "validated before reading; every read has a limit",
    proofs: [at(IMAGES, "CVE-2026-44919")],
  },
  {
    name: "CVE-2026-44917",
    rule: "no path from input is opened; no template override",
    proofs: [at(BOOT, "CVE-2026-44917")],
  },
  {
    name: "CVE-2026-46447",
    rule: "one writer of boot files, a grammar of kernel parameters",
    proofs: [
      at(BOOT, "CVE-2026-46447"),
      at("unit/drivers/pxe/kernel-params.spec.ts", "never add a line or a variable to a boot script"),
    ],
  },
  {
    name: "CVE-2026-48681",
    rule: "paths in archives stay inside",
    proofs: [
      at(IMAGES, "CVE-2026-48681"),
      at("unit/drivers/media/read-iso9660.spec.ts", "refuses names that lead elsewhere (CVE-2026-48681)"),
    ],
  },
  {
    name: "CVE-2026-44918",
    rule: "both ends of a move belong to the caller",
    proofs: [
      at(OWNERS, "CVE-2026-44918: nothing"),
      at(OWNERS, "CVE-2026-44918: and no node"),
      at("api/policy/ownership.spec.ts", "what belongs to a node does not move"),
    ],
  },
  {
    name: "CVE-2026-54423",
    rule: "raw commands off by default; steps pass the same rule as the call",
    proofs: [at(API, "CVE-2026-54423"), at("api/policy/patches.spec.ts", "pass the rule of vendor calls")],
  },
  {
    name: "CVE-2026-42997",
    rule: "our credentials go to no host that a user names",
    proofs: [at(IMAGES, "CVE-2026-42997")],
  },
  {
    name: "CVE-2026-43003",
    rule: "no boot loader installer is run",
    proofs: [at(API, "CVE-2026-43003"), at(BOOT, "CVE-2026-43003")],
  },
  {
    name: "CVE-2026-54422",
    rule: "no tenant's code sees secrets",
    proofs: [
      at(API, "CVE-2026-54422"),
      at(
        "unit/ipa-agent/bootc/install.spec.ts",
        "gives the secret in a file of root's that is gone before the container starts",
      ),
    ],
  },
  {
    name: "CVE-2026-66138",
    rule: "argument arrays, no shell, held by lint",
    proofs: [at(BOOT, "CVE-2026-66138"), at("unit/tools/lint-rules.spec.ts", "shell")],
  },
  {
    name: "OSSN-0099",
    rule: "depth and size are judged before parsing",
    proofs: [at(API, "OSSN-0099"), at("unit/api/body.spec.ts", "")],
  },
  {
    name: "bug 2160196",
    rule: "the token on every command route of the agent",
    proofs: [
      at(BOOT, "bug 2160196"),
      at("unit/ipa-agent/commands/command-server.spec.ts", "wants the token on every command route"),
    ],
  },
  {
    name: "bug 2162821",
    rule: "agents' endpoints can be switched off; a token by virtual media",
    proofs: [
      at("security/ramdisk-endpoints.spec.ts", "bug 2162821: endpoints"),
      at("security/ramdisk-endpoints.spec.ts", "are refused whole where"),
      at(
        "unit/drivers/redfish/virtual-media-boot.spec.ts",
        "makes the agent's token beforehand and publishes it nowhere",
      ),
      at("unit/conductor-boot/media.spec.ts", "are gone when they are withdrawn, or when the node's token is"),
    ],
  },
  { name: "bug 2148307", rule: "no template language on users' texts", proofs: [at(API, "bug 2148307")] },
  {
    name: "release notes: volume target secrets",
    rule: "masked in every answer",
    proofs: [at(API, "volume target secrets"), at("api/volumes.spec.ts", "secrets of a target are in no answer")],
  },
  {
    name: "release notes: port groups by shard",
    rule: "one query builder filters by project",
    proofs: [at(OWNERS, "port groups by shard")],
  },
  { name: "release notes: LLDP lengths", rule: "bounds in every binary parser", proofs: [at(BOOT, "LLDP lengths")] },
  {
    name: "release notes: mDNS configuration override",
    rule: "no unauthenticated discovery",
    proofs: [at(BOOT, "mDNS configuration override")],
  },
  {
    name: "release notes: VNC proxy reason of 4 GB",
    rule: "bounds in every binary parser",
    proofs: [at("unit/api/novnc/proxy.spec.ts", "VNC proxy reason of 4 GB")],
  },
  {
    name: "release notes: container steps that shadow erasing",
    rule: "names of steps are unique",
    proofs: [at(API, "container steps that shadow erasing"), at(API, "CVE-2026-54422")],
    later: "container steps: E (none are offered today)",
  },
];
