/** Options that mean nothing here, and whether policy files can be used and the enabled drivers be loaded. */
import { driverProblems } from "../../driver-problems.ts";
import { policyProblems } from "../../policy-problems.ts";
import { type Check, fail, pass, warn } from "../check.ts";

export const configuration: Check = {
  name: "configuration",
  async run({ config, warnings }) {
    const problems = [...policyProblems(config), ...(await driverProblems(config))];
    return [
      ...problems.map((problem) => fail(problem)),
      ...warnings.map((warning) => warn(warning, "correct or remove the line")),
      ...(problems.length + warnings.length === 0 ? [pass("every option is known; all enabled drivers load")] : []),
    ];
  },
};
