/** A controller over Redfish: who we are to it, and what ferric would ask of it. Nothing is changed. */
import { readFileSync } from "node:fs";
import { bootOverrideOf, bootTargetsOf } from "../../drivers/redfish/client/boot-override.ts";
import type { Calls } from "../../drivers/redfish/client/calls.ts";
import { RedfishClient } from "../../drivers/redfish/client/client.ts";
import type { Fields } from "../../drivers/redfish/client/fields.ts";
import { quirksFor, vendorOf } from "../../drivers/redfish/client/quirks.ts";
import { RedfishError, type RedfishTrouble } from "../../drivers/redfish/client/redfish-error.ts";
import { System } from "../../drivers/redfish/client/system.ts";
import { drivesFor, isInserted, virtualMediaOf } from "../../drivers/redfish/client/virtual-media.ts";
import { type Finding, fail, pass, warn } from "../doctor/check.ts";
import type { ProbedBmc, ProbedPart, ProbeStep } from "./bmc.ts";
import { certificateFindings } from "./certificate.ts";
import { clockFinding } from "./clock.ts";

const CONNECT_MS = 8000;
const ANSWER_MS = 20_000;

const REMEDIES: Readonly<Record<RedfishTrouble, string>> = {
  silent:
    "check the address, that TCP port 443 reaches it (firewall, VLAN), and that its web server and Redfish are enabled",
  address: "correct the address, or the name service",
  certificate: "see the step certificate; redfish_verify_ca in driver_info says how ferric checks it",
  credentials: "correct the user name or the password; some controllers lock a user after wrong ones",
  lost: "look at the network, or at the proxy between: answers get lost on the way",
  privilege: "give the user the role Administrator, or Operator where power and boot are enough",
  missing: "update the controller's firmware: something that Redfish promises is not there",
  unsupported: "use other interfaces for what the controller does not do",
  conflict: "try again when what is under way has ended",
  busy: "try again later; restart the controller if it stays so",
  refused: "look at what the controller said",
  failed: "look at the controller's own log; restart it",
  malformed: "update the controller's firmware: its answer breaks the specification",
  redirected: "name the address that the redirect leads to",
};

export function redfishPart(target: ProbedBmc): ProbedPart {
  const client = new RedfishClient({
    origin: `https://${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.redfishPort}`,
    root: "/redfish/v1/",
    username: target.username === "" ? null : target.username,
    password: target.password,
    auth: "auto",
    // Whom the certificate is to be trusted by is a finding of its own; here we look for the rest.
    tls: { rejectUnauthorized: false, ...(target.caFile === null ? {} : { ca: readFileSync(target.caFile) }) },
    connectMs: CONNECT_MS,
    answerMs: ANSWER_MS,
    attempts: 2,
    retryMs: 1000,
  });
  const step = (name: string, look: (calls: Calls) => Promise<readonly Finding[]>): ProbeStep => ({
    name: `redfish ${name}`,
    run: (signal) => told(() => look(client.calls({ signal }))),
  });
  const ofSystem = (name: string, look: (system: System) => Promise<readonly Finding[]>) =>
    step(name, async (calls) => (await Promise.all((await systemsOf(calls)).map(look))).flat());
  return {
    steps: [
      { name: "redfish certificate", run: (signal) => told(() => certificateFindings(target, signal)) },
      step("login", login),
      ofSystem("power", async (system) => [power(system)]),
      ofSystem("boot", async (system) => [boot(system)]),
      ofSystem("media", media),
      ofSystem("clock", clock),
    ],
    close: () => client.close(),
  };
}

async function told(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RedfishError) return [fail(error.message, REMEDIES[error.trouble])];
    return [fail(error instanceof Error ? error.message : String(error), REMEDIES.silent)];
  }
}

async function login(calls: Calls): Promise<readonly Finding[]> {
  const root = await calls.root();
  const { username } = calls.client.bmc;
  const systems = await systemsOf(calls);
  const who = username === null ? "nobody is asked for" : `user "${username}" is in`;
  const text = `${who}; Redfish ${root.text("RedfishVersion") ?? "of no version"}, ${vendorOf(root) ?? root.text("Product") ?? "no vendor told"}`;
  if (systems.length === 1) return [pass(text)];
  if (systems.length === 0) return [fail(`${text}; it has no system`, REMEDIES.privilege)];
  const paths = systems.map(({ path }) => path).join(", ");
  return [warn(`${text}; it has ${systems.length} systems: ${paths}`, "name one as redfish_system_id in driver_info")];
}

async function systemsOf(calls: Calls): Promise<readonly System[]> {
  const root: Fields = await calls.root();
  const members = await calls.members(root.needLink("Systems"));
  return members.map((system) => {
    const vendor = vendorOf(root, system);
    return new System(system, quirksFor({ vendor, model: system.text("Model"), firmware: null }), vendor);
  });
}

function power(system: System): Finding {
  const health = system.resource.object("Status").text("Health");
  const text = `${system.resource.title} is ${system.powerState()}; ${system.resource.text("Manufacturer") ?? "?"} ${system.resource.text("Model") ?? "?"}, health ${health ?? "not told"}`;
  if (health === null || health === "OK") return pass(text);
  return warn(text, "look at the machine and the controller's log");
}

function boot(system: System): Finding {
  const { target, enabled, mode } = bootOverrideOf(system);
  const targets = bootTargetsOf(system);
  const now = `boots ${target ?? "as it likes"} (${enabled ?? "not told"}, ${mode ?? "mode not told"})`;
  if (targets === null)
    return warn(`${now}; it does not say what it can boot from`, "try a boot device on a node of it");
  const missing = ["Pxe", "Hdd", "Cd"].filter((one) => !targets.includes(one));
  const text = `${now}; can boot ${targets.join(", ")}`;
  return missing.length === 0
    ? pass(text)
    : warn(`${text}, not ${missing.join(", ")}`, "use the interfaces that do not need it");
}

async function media(system: System): Promise<readonly Finding[]> {
  const drives = drivesFor(await virtualMediaOf(system), ["CD", "DVD"]);
  if (drives.length === 0)
    return [
      warn(
        "no virtual CD drive: booting by virtual media is not possible",
        "check the controller's licence, or boot by network",
      ),
    ];
  return drives.map((drive) =>
    isInserted(drive)
      ? warn(
          `${drive.title} holds ${drive.text("Image") ?? "an image"}`,
          "somebody else may be using it; it is taken out when ferric needs the drive",
        )
      : pass(`${drive.title} takes images`),
  );
}

async function clock(system: System): Promise<readonly Finding[]> {
  const shown = (await system.manager()).text("DateTime");
  if (shown === null) return [warn("the controller tells no time", "look at its clock by other means")];
  const time = new Date(shown);
  if (Number.isNaN(time.getTime())) return [fail(`the clock says "${shown}", which is no time`, REMEDIES.malformed)];
  return [clockFinding(time, new Date())];
}
