/** reliability.md, section 2: what trusted systems promise. */
import { at, type Row } from "./row.ts";

const WORK = "security/promises-conductor.spec.ts";
const SECRETS = "security/promises-secrets.spec.ts";

export const PROMISES: readonly Row[] = [
  {
    name: "one writer a node",
    rule: "a lock in the database; 409 with its holder",
    proofs: [
      at(WORK, "one writer a node: "),
      at("unit/db/stores/node-locks.spec.ts", "has exactly one winner of 50 contenders"),
      at("unit/conductor/lock-lines.spec.ts", ""),
    ],
  },
  {
    name: "no acknowledged write is lost",
    rule: "kill -9 at any moment",
    proofs: [
      at(WORK, "no acknowledged write is lost: "),
      at("unit/db/crash.spec.ts", "loses no acknowledged write"),
      at("system/faults/updates-under-load.spec.ts", "are all carried out"),
    ],
  },
  {
    name: "interrupted work ends in a fail state",
    rule: "without an operator, without a cap",
    proofs: [
      at(WORK, "interrupted work ends in a fail state: "),
      at("unit/conductor/recovery.spec.ts", "takes 20 nodes out of"),
      at("unit/conductor/recovery.spec.ts", "leaves none of 200 nodes behind"),
    ],
  },
  {
    name: "wait states survive a restart",
    rule: "the next heartbeat goes on",
    proofs: [
      at(WORK, "wait states survive a restart: "),
      at("unit/conductor/recovery.spec.ts", "lets wait states continue with the next heartbeat"),
    ],
  },
  {
    name: "a dead conductor is replaced",
    rule: "within the timeout and 5 s",
    proofs: [
      at(WORK, "a dead conductor is replaced: "),
      at("unit/conductor/ownership/dead-conductor.spec.ts", "leaves"),
      at("system/queue/processes.spec.ts", "a conductor killed with kill -9"),
    ],
  },
  {
    name: "power sync",
    rule: "misses lead to maintenance, answers out of it",
    proofs: [
      at(WORK, "power sync: "),
      at("unit/conductor/power.spec.ts", "sync: takes nodes that cannot be asked"),
      at("unit/conductor/power.spec.ts", "sync: a node whose machine answers again"),
    ],
  },
  {
    name: "callback time-outs",
    rule: "into the right fail state",
    proofs: [
      at(WORK, "callback time-outs: "),
      at("unit/conductor/timeouts.spec.ts", " ends in "),
      at("unit/conductor/silent-agents.spec.ts", " ends in "),
    ],
  },
  {
    name: "limits of what runs at once",
    rule: "the rest is refused, naming the limit",
    proofs: [
      at(WORK, "limits of what runs at once: "),
      at("unit/conductor/accept-phase.spec.ts", "holds the limit also when all ask in the same moment"),
      at("security/project-limit.spec.ts", "holds when all ask in the same moment"),
    ],
  },
  {
    name: "agent token",
    rule: "issued once, in each heartbeat, lookup in ramdisk states only",
    proofs: [
      at(SECRETS, "agent token: "),
      at("security/section-6-api.spec.ts", "Lookup: unknown"),
      at("security/section-6-api.spec.ts", "Heartbeat: wrong"),
      at("security/cve-api.spec.ts", "CVE-2016-4985"),
    ],
  },
  {
    name: "credentials are masked",
    rule: "in answers, events, logs, jobs, history",
    proofs: [
      at(SECRETS, "credentials are masked: "),
      at("unit/common/secrets.spec.ts", ""),
      at("system/queue/sealed.spec.ts", "shows neither arguments nor answers in Redis"),
      at("system/keystone/keystone.spec.ts", "has written neither token nor password anywhere"),
    ],
  },
  {
    name: "roles and owners",
    rule: "every rule for every persona as the contract says",
    proofs: [
      at(SECRETS, "roles and owners: "),
      at("api/policy/matrix.spec.ts", "lets exactly those whom the contract lets"),
      at("api/policy/ownership.spec.ts", "a stranger changes nothing of it"),
    ],
  },
  {
    name: "checksum before conversion, format as declared",
    rule: "20 bad images are refused",
    proofs: [
      at(SECRETS, "checksum before conversion, format as declared: "),
      at("security/cve-images.spec.ts", "CVE-2024-44082"),
      at("system/faults/deploy-failures.spec.ts", "because a raw image has another checksum"),
      at("unit/ipa-agent/image/stream-raw.spec.ts", "with another checksum fails naming both"),
    ],
  },
  {
    name: "file:// is limited",
    rule: "25 paths refused",
    proofs: [at(SECRETS, "file:// is limited: "), at("security/cve-images.spec.ts", "OSSA-2025-001")],
  },
  {
    name: "TLS is verified",
    rule: "expired, self-signed, other host, old version: refused",
    proofs: [
      at(SECRETS, "TLS is verified: "),
      at("security/image-sources.spec.ts", "do not come from a server that is"),
      at("unit/drivers/agent/client-tls.spec.ts", "refuses a certificate that nobody has vouched for"),
      at("security/tls-faces.spec.ts", "is 1.3 by default"),
      at(
        "security/section-6-redfish.spec.ts",
        "Redfish: a huge body, redirects without end or elsewhere, drips, wrong TLS",
      ),
    ],
  },
  {
    name: "secrets outside the plain database",
    rule: "a dump holds none in clear",
    proofs: [at(SECRETS, "secrets outside the plain database: "), at("unit/db/secrets", "")],
  },
  {
    name: "root of trust on the provisioning network",
    rule: "said as it is: docs/network-faces.md; virtual media bring a token of their own",
    proofs: [
      at(SECRETS, "root of trust on the provisioning network: "),
      at("security/ramdisk-endpoints.spec.ts", "take a burst from an address"),
      at(
        "unit/drivers/redfish/virtual-media-boot.spec.ts",
        "makes the agent's token beforehand and publishes it nowhere",
      ),
    ],
  },
  {
    name: "signed releases with an SBOM",
    rule: "npm ci repeats, scripts are known",
    proofs: [at(SECRETS, "signed releases with an SBOM: "), at("security/supply-chain.spec.ts", "")],
    later: "SBOM and signatures: with the first release",
  },
];
