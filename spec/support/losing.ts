/** Lets a test BMC lose what it is asked, or what it would answer after it has done it. */
import type { ServerResponse } from "node:http";
import { hangingUp, type Seen, type TestBmc } from "./redfish-bmc.ts";

/** What befalls the requests that fit, one after the other; the later ones come through. */
export function losing(
  bmc: TestBmc,
  fits: (seen: Seen) => boolean,
  ...what: readonly ("request" | "answer" | "nothing")[]
): void {
  const left = [...what];
  bmc.on((seen, response) => {
    const now = fits(seen) ? left.shift() : undefined;
    if (now === "answer") cutAnswer(response);
    return now === "request" && hangingUp(seen, response);
  });
}

function cutAnswer(response: ServerResponse): void {
  Object.assign(response, { writeHead: () => response, end: () => response.destroy() });
}
