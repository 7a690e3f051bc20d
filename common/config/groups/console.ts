/** [console] */
import { integer, optional, string } from "../option.ts";

export const console = {
  terminal_timeout: integer(600, "Seconds without a character after which a console connection is closed; 0: never.", {
    min: 0,
  }),
  subprocess_timeout: integer(10, "Seconds that the program of a console may take to start.", { min: 1 }),
  socat_address: string(
    "127.0.0.1",
    "Address that serial consoles are offered on. Whoever reaches it has the console: there is no login (Ironic takes $my_ip).",
  ),
  port_range: optional(
    "Ports for consoles of nodes without ipmi_terminal_port, such as 10000:20000; without it the port is required.",
  ),
} as const;
