/** [iboot] */
import { integer, number } from "../option.ts";

export const iboot = {
  max_retry: integer(3, "How often an operation is tried again that failed for want of an answer.", { min: 0 }),
  retry_interval: integer(1, "Seconds between tries.", { min: 0 }),
  reboot_delay: integer(5, "Seconds between off and on of a reboot.", { min: 0 }),
  timeout: number(10, "Seconds that one operation may take (ours).", { min: 0.1 }),
} as const;
