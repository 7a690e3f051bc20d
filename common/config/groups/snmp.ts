/** [snmp] */
import { integer, number } from "../option.ts";

export const snmp = {
  power_timeout: integer(10, "Seconds that a PDU may take to switch an outlet.", { min: 1 }),
  reboot_delay: integer(0, "Seconds between off and on of a reboot.", { min: 0 }),
  power_action_delay: integer(0, "Seconds after a change before the outlet is read; some PDUs answer wrongly sooner.", {
    min: 0,
  }),
  udp_transport_timeout: number(1, "Seconds that an answer is waited for before the packet is sent again.", {
    min: 0.1,
  }),
  udp_transport_retries: integer(5, "How often a packet is sent again.", { min: 0 }),
} as const;
