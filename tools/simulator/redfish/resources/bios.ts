/** BIOS settings: what holds now, and what is taken over at the next start. */
import { BIOS_DEFAULTS, BIOS_REGISTRY, biosProblem } from "../bios-attributes.ts";
import {
  type At,
  type Body,
  bodyOf,
  DONE,
  fault,
  head,
  link,
  missing,
  type Reply,
  type Resource,
} from "../exchange.ts";
import { SYSTEM } from "./systems.ts";

const BIOS = `${SYSTEM}/Bios`;

function bios({ state }: At): Body {
  return {
    ...head(BIOS, "Bios.v1_2_1.Bios", "BIOS", "BIOS Settings"),
    AttributeRegistry: BIOS_REGISTRY,
    Attributes: Object.fromEntries(state.bios),
    "@Redfish.Settings": {
      "@odata.type": "#Settings.v1_3_5.Settings",
      SettingsObject: link(`${BIOS}/Settings`),
      SupportedApplyTimes: ["OnReset"],
    },
    Actions: {
      "#Bios.ResetBios": { target: `${BIOS}/Actions/Bios.ResetBios` },
      "#Bios.ChangePassword": { target: `${BIOS}/Actions/Bios.ChangePassword` },
    },
  };
}

function settings({ state }: At): Body {
  return {
    ...head(`${BIOS}/Settings`, "Bios.v1_2_1.Bios", "Settings", "BIOS Settings of the next start"),
    AttributeRegistry: BIOS_REGISTRY,
    Attributes: Object.fromEntries(state.pendingBios ?? []),
    "@Redfish.SettingsApplyTime": {
      ApplyTime: "OnReset",
      "ApplyTime@Redfish.AllowableValues": ["OnReset"],
    },
  };
}

function change(at: At): Reply {
  const asked = bodyOf(at.body.Attributes);
  if (asked === null) return missing("Attributes");
  for (const [name, value] of Object.entries(asked)) {
    const problem = biosProblem(name, value);
    if (problem !== null) return fault(400, "PropertyValueError", problem, [name]);
  }
  at.state.pendingBios = new Map([...(at.state.pendingBios ?? []), ...Object.entries(asked)]);
  return { status: 200, body: settings(at) };
}

export const BIOS_RESOURCES: readonly Resource[] = [
  { path: BIOS, GET: bios },
  { path: `${BIOS}/Settings`, GET: settings, PATCH: change },
  {
    path: `${BIOS}/Actions/Bios.ResetBios`,
    POST: ({ state }) => {
      state.pendingBios = new Map(BIOS_DEFAULTS);
      return DONE;
    },
  },
  { path: `${BIOS}/Actions/Bios.ChangePassword`, POST: { level: 4, run: () => DONE } },
];
