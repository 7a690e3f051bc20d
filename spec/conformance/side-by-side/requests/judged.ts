/** Conditions of inspection rules, for the walk: each is stored as it is and negated, and an inspection tells which hold. */
import type { CONDITION_OPERATORS } from "../../../../common/objects/inspection-rule.ts";

/** Arguments that hold and that do not, for every operator. */
export const JUDGED: Readonly<Record<(typeof CONDITION_OPERATORS)[number], readonly object[]>> = {
  eq: [
    { values: ["{inventory[cpu][count]}", 4] },
    { values: ["{inventory[cpu][count]}", "4"] },
    { values: ["{inventory[cpu][count]}", 4], force_strings: true },
    { values: ["{inventory[cpu][architecture]}", "x86_64", "x86_64"] },
    { values: ["{node.driver}", "{node.inspect_interface}"] },
    { values: [1, 1.0, true] },
  ],
  lt: [{ values: [1, 2, 3] }, { values: [1, 1] }, { values: ["10", "9"] }, { values: [10, 9], force_strings: true }],
  gt: [{ values: [3, 2, 1] }, { values: [1, 2] }, { values: ["{inventory[memory][physical_mb]}", "1000"] }],
  "is-empty": [
    { value: "" },
    { value: "{inventory[surprise]}" },
    { value: "{inventory[bmc_address]}" },
    { value: [] },
    { value: {} },
    { value: 0 },
    { value: "{node.extra}" },
    { value: "{inventory[cpu]}" },
  ],
  "in-net": [
    { address: "10.0.0.7", subnet: "10.0.0.0/8" },
    { address: "{inventory[interfaces][0][ipv4_address]}", subnet: "192.168.0.0/16" },
    { address: "2001:db8::1", subnet: "2001:db8::/64" },
  ],
  matches: [
    { value: "{inventory[cpu][architecture]}", regex: "x86.*" },
    { value: "{inventory[cpu][architecture]}", regex: "86" },
  ],
  contains: [
    { value: "{inventory[cpu][architecture]}", regex: "86" },
    { value: "{inventory[cpu][flags]}", regex: "vmx" },
    { value: "abc", regex: "^b" },
  ],
  "one-of": [
    { value: "{inventory[cpu][architecture]}", values: ["x86_64", "aarch64"] },
    { value: 4, values: ["4"] },
    { value: "{inventory[cpu][count]}", values: [4] },
  ],
  "is-none": [{ value: null }, { value: "{inventory[bmc_v6address]}" }, { value: "None" }, { value: "" }],
  "is-true": [
    { value: true },
    { value: "yes" },
    { value: 1 },
    { value: "surprise" },
    { value: "{inventory[interfaces][0][has_carrier]}" },
  ],
  "is-false": [
    { value: false },
    { value: "no" },
    { value: 0 },
    { value: null },
    { value: "surprise" },
    { value: "{inventory[interfaces][1][has_carrier]}" },
  ],
};
