/** Programs of others that the enabled interfaces and boot services call. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Config } from "../../../common/config/config.ts";
import { INTERFACE_TYPES } from "../../../common/objects/node.ts";
import { type Check, type Finding, fail, pass } from "../check.ts";

interface Program {
  /** One of these is enough. */
  readonly names: readonly string[];
  readonly versionFlag: string;
  readonly what: string;
  readonly remedy: string;
}

const TIMEOUT_MS = 5000;

export const programs: Check = {
  name: "programs",
  run: ({ config }, signal) => Promise.all(wanted(config).map((program) => look(program, signal))),
};

function wanted(config: Config): readonly Program[] {
  const usesIpmi = INTERFACE_TYPES.some((type) =>
    config.DEFAULT[`enabled_${type}_interfaces`].some((name) => name.startsWith("ipmitool")),
  );
  return [
    ...(usesIpmi
      ? [
          {
            names: [config.ipmi.ipmitool],
            versionFlag: "-V",
            what: "the ipmitool interfaces",
            remedy: "install the package ipmitool, or name the program in [ipmi]ipmitool",
          },
        ]
      : []),
    ...(config.boot.dhcp_interfaces.length > 0
      ? [
          {
            names: ["perl", "python3"],
            versionFlag: "--version",
            what: "DHCP on several networks",
            remedy: "install perl or python3",
          },
        ]
      : []),
  ];
}

async function look({ names, versionFlag, what, remedy }: Program, signal: AbortSignal): Promise<Finding> {
  for (const name of names) {
    const run = promisify(execFile)(name, [versionFlag], { timeout: TIMEOUT_MS, signal });
    const said = await run.then(
      ({ stdout, stderr }) => `${stdout}${stderr}`,
      () => null,
    );
    const version = said?.match(/v?\d+\.\d+[\w.-]*/)?.[0];
    if (said !== null) return pass(`${name} ${version ?? ""} for ${what}`.replace("  ", " "));
  }
  return fail(`${names.join(" or ")} cannot be run, which ${what} need`, remedy);
}
