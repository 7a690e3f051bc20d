/** Faults of graphical consoles: their containers, and the proxy that shows them. */
import { defineFault } from "./fault.ts";

export const ConsoleContainerFailure = defineFault<{ provider: string; reason: string }>(
  "ConsoleContainerError",
  500,
  (p) => `Console container error with provider "${p.provider}": ${p.reason}`,
);
/** One answer for an unknown node, a console that is off and a wrong token: nothing can be found out by trying. */
export const ConsoleRefused = defineFault<object>(
  "ConsoleRefused",
  403,
  () =>
    "This token opens no console: it is wrong, or the console was switched off or started anew. Ask for its URL again (baremetal node console show).",
);
export const ConsoleExpired = defineFault<{ seconds: number }>(
  "ConsoleExpired",
  410,
  (p) =>
    `The token of this console has expired after ${p.seconds} s ([vnc]token_timeout). Disable and enable the console, and ask for its URL again.`,
);
export const ConsoleOriginRefused = defineFault<{ origin: string }>(
  "ConsoleOriginRefused",
  403,
  (p) =>
    `Web pages of ${p.origin} may not open consoles here: open the page of the proxy itself, or set [vnc]public_url to the address that browsers see.`,
);
export const ConsoleFull = defineFault<{ limit: number }>(
  "ConsoleFull",
  429,
  (p) => `${p.limit} browsers watch this console already ([vnc]max_sessions_per_node); close one of them.`,
  { retryAfter: 10 },
);
export const NoConsoleHere = defineFault<object>(
  "NoConsoleHere",
  404,
  () => "There is nothing here: open the URL that the state of a node's console shows.",
);
export const ConsoleRate = defineFault<{ source: string; limit: number }>(
  "TooManyRequests",
  429,
  (p) => `${p.source} asks for more than ${p.limit} consoles a second; try again in a moment.`,
  { retryAfter: 2 },
);
/** The address is not told: a browser has no use for it, and it lies in a network that is none of its business. */
export const ConsoleUnreachable = defineFault<{ provider: string }>(
  "ConsoleUnreachable",
  502,
  (p) =>
    `The VNC server of this console does not answer: look at the log, and at [vnc]container_provider (${p.provider}).`,
);
