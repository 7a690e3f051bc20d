/** A controller's clock beside ours. */
import { type Finding, fail, pass, warn } from "../doctor/check.ts";

const REMEDY = "set the controller's clock, or name an NTP server there (and check this machine's own clock)";
/** An event log is hard to read then; certificates and tokens begin to be refused. */
const [NOTICED_S, WRONG_S] = [10, 300];

export function clockFinding(theirs: Date, ours: Date): Finding {
  const off = Math.round((theirs.getTime() - ours.getTime()) / 1000);
  const text = `the clock says ${theirs.toISOString()}`;
  if (Math.abs(off) <= NOTICED_S) return pass(`${text}, as ours`);
  const how = `${text}, ${Math.abs(off)} s ${off < 0 ? "behind" : "ahead of"} ours`;
  return Math.abs(off) <= WRONG_S ? warn(how, REMEDY) : fail(how, REMEDY);
}
