/** Secure boot: takes effect at the next start. */
import { type At, type Body, DONE, head, notInList, type Reply, type Resource, textOf } from "../exchange.ts";
import { SYSTEM } from "./systems.ts";

const SECURE_BOOT = `${SYSTEM}/SecureBoot`;
const RESETS = ["ResetAllKeysToDefault", "DeleteAllKeys", "DeletePK"];

function secureBoot({ state }: At): Body {
  const isEnabled = state.willBeSecure ?? state.isSecure;
  return {
    ...head(SECURE_BOOT, "SecureBoot.v1_1_0.SecureBoot", "SecureBoot", "UEFI Secure Boot"),
    SecureBootEnable: isEnabled,
    SecureBootCurrentBoot: state.isSecure ? "Enabled" : "Disabled",
    SecureBootMode: state.hasKeys ? "UserMode" : "SetupMode",
    Actions: {
      "#SecureBoot.ResetKeys": {
        target: `${SECURE_BOOT}/Actions/SecureBoot.ResetKeys`,
        "ResetKeysType@Redfish.AllowableValues": RESETS,
      },
    },
  };
}

function resetKeys({ state, body }: At): Reply {
  const type = textOf(body.ResetKeysType);
  if (type === null || !RESETS.includes(type)) return notInList("ResetKeysType", type);
  state.hasKeys = type === RESETS[0];
  if (!state.hasKeys) state.willBeSecure = false;
  return DONE;
}

export const SECURE_BOOT_RESOURCES: readonly Resource[] = [
  {
    path: SECURE_BOOT,
    GET: secureBoot,
    PATCH: (at) => {
      const { SecureBootEnable: wanted } = at.body;
      if (typeof wanted !== "boolean") return notInList("SecureBootEnable", wanted);
      at.state.willBeSecure = wanted;
      return { status: 200, body: secureBoot(at) };
    },
  },
  { path: `${SECURE_BOOT}/Actions/SecureBoot.ResetKeys`, POST: resetKeys },
];
