/** [dhcp] */
import { choice } from "../option.ts";

export const dhcp = {
  dhcp_provider: choice(["none", "ferric"], "none", "Who answers DHCP: nobody here, or our own server (section boot)."),
} as const;
