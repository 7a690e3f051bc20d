/** Programs to name in [ipmi]ipmitool: the real one with its calls written down, and one that keeps boot flags. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TracedProgram {
  readonly program: string;
  /** The arguments of each call, in order. */
  calls(): readonly (readonly string[])[];
  remove(): void;
}

export const tracedIpmitool = (): TracedProgram => script('exec ipmitool "$@"');

/** ipmi_sim with a chassis program keeps the boot device but not the EFI bit; this keeps all five bytes. */
export const flagsKeepingIpmitool = (): TracedProgram =>
  script(`while [ "$1" != raw ]; do shift; done
case "$3 $4" in
  "0x08 0x05") shift 4; echo " 01 05 $*" | sed 's/0x//g' >"$0.flags" ;;
  "0x09 0x05") cat "$0.flags" 2>/dev/null || echo " 01 05 00 00 00 00 00" ;;
esac`);

/** Never ends by itself. Each call's arguments end with its process id. */
export const hangingIpmitool = (): TracedProgram => script('echo "pid $$" >>"$0.log"\nexec sleep 600');

function script(body: string): TracedProgram {
  const program = join(mkdtempSync(join(tmpdir(), "ferric-ipmitool-")), "ipmitool");
  writeFileSync(`${program}.log`, "");
  writeFileSync(program, `#!/bin/sh\necho "$*" >>"$0.log"\n${body}\n`);
  chmodSync(program, 0o755);
  const lines = () => readFileSync(`${program}.log`, "utf8").split("\n").filter(Boolean);
  return {
    program,
    calls: () => lines().map((line) => line.split(" ")),
    remove: () => rmSync(dirname(program), { recursive: true }),
  };
}
