/** [amt] */
import { choice, integer, number } from "../option.ts";

export const amt = {
  protocol: choice(["http", "https"], "http", "Protocol for nodes whose driver_info names none."),
  max_attempts: integer(
    3,
    "How often a request is made that gets no answer: a sleeping engine is woken by the first.",
    {
      min: 1,
    },
  ),
  action_wait: integer(10, "Seconds between these attempts.", { min: 0 }),
  timeout: number(20, "Seconds that one request may take (ours).", { min: 0.1 }),
} as const;
