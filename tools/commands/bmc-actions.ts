/** The actions of `ferric bmc` and what help says about them. */
import type { Runnable } from "../command.ts";

export const BMC_ACTIONS: readonly Runnable[] = [
  {
    name: "log",
    summary: "show what was last said to the controller of a node",
    usage: "ferric bmc log NODE [--api URL] [--json]",
    about: [
      "The conductor of the node remembers it, bounded by [bmc_log]; a conductor that has taken the node over begins anew. Needs the rule ferric:node:bmc_log:get. Credentials come from the environment: OS_TOKEN, or OS_USERNAME and OS_PASSWORD for http_basic.",
    ],
    flags: [
      "--api URL                 where the API is; $OS_ENDPOINT, or http://127.0.0.1:6385",
      "--json                    as the API tells it",
    ],
    configured: false,
    examples: ["ferric bmc log rack4-u12", "ferric bmc log --json --api https://baremetal.example.org:6385 rack4-u12"],
    load: async () => (await import("./bmc-log.ts")).log,
  },
  {
    name: "probe",
    summary: "look at a controller by its address: login, power, boot, media, clock, certificate",
    usage: "ferric bmc probe ADDRESS [--user NAME] [--protocol ipmi,redfish]",
    about: [
      "Asks over IPMI and over Redfish, changes nothing, and says what each answer means and how to put right what is wrong. The password is asked for, or comes from the environment (FERRIC_BMC_PASSWORD) or a file; never from the command line, which others can read.",
    ],
    flags: [
      "--user NAME               user on the controller (admin)",
      "--password-file FILE      its first line is the password",
      "--protocol LIST           ipmi, redfish, or both (ipmi,redfish)",
      "--ipmi-port N             623",
      "--redfish-port N          443",
      "--ca-file FILE            authorities (PEM) to check the certificate with; the system's when absent",
      "--json                    a list of {check, verdict, text, remedy} instead of the table",
    ],
    configured: false,
    examples: [
      "ferric bmc probe 10.0.0.12 --user root",
      "FERRIC_BMC_PASSWORD=... ferric bmc probe 10.0.0.12 --protocol ipmi",
    ],
    exitCodes: ["0  nothing fails (there may be warnings)", "1  something fails", "2  wrong usage"],
    load: async () => (await import("./bmc-probe.ts")).probe,
  },
];
