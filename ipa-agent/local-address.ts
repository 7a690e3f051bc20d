/** The address under which the service can reach this agent: the one the kernel would send from. */
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { reasonText } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { AgentParameters } from "./parameters.ts";
import type { Pause } from "./pause.ts";

/** Tries as often as ipa-ip-lookup-attempts says. Throws when there is no route. */
export async function findLocalAddress(
  parameters: AgentParameters,
  options: { journal: Journal; pause: Pause; signal?: AbortSignal },
): Promise<string> {
  if (parameters.advertiseHost !== null) return parameters.advertiseHost;
  const target = parameters.apiUrls[0] ?? parameters.inspectionUrl;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (parameters.networkInterface !== null) return addressOf(parameters.networkInterface);
      if (target === null) throw new Error("neither ipa-api-url nor ipa-inspection-callback-url is given");
      return await sourceAddress(new URL(target));
    } catch (error) {
      if (attempt >= parameters.ipLookupAttempts) throw new Error(`no address to advertise: ${reasonText(error)}`);
      options.journal.info(`no address yet (${reasonText(error)}); again in ${parameters.ipLookupPause} s`);
      await options.pause(parameters.ipLookupPause * 1000, options.signal);
    }
  }
}

function addressOf(name: string): string {
  const found = networkInterfaces()[name]?.find((item) => !item.address.startsWith("fe80:"));
  if (found === undefined) throw new Error(`interface ${name} has no address`);
  return found.address;
}

/** Connecting a datagram socket sends nothing but makes the kernel choose route and source. */
async function sourceAddress(url: URL): Promise<string> {
  const { address, family } = await lookup(url.hostname.replace(/^\[|\]$/g, ""));
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(Number(url.port) || 80, address, () => resolve());
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** For a URL. */
export function inBrackets(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
