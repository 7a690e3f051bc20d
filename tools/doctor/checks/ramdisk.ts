/** Kernels and ramdisks that the configuration names for all nodes. */
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../../../common/errors/fault.ts";
import { type Check, type Finding, fail, pass, within } from "../check.ts";

const NAMES = ["deploy_kernel", "deploy_ramdisk", "rescue_kernel", "rescue_ramdisk"] as const;
const TIMEOUT_MS = 5000;

export const ramdisk: Check = {
  name: "ramdisk",
  async run({ config }, signal) {
    return await Promise.all(
      NAMES.flatMap((name) => {
        const url = config.conductor[name];
        return url === null ? [] : [look(`[conductor]${name} ${shown(url)}`, url, signal)];
      }),
    );
  },
};

async function look(title: string, url: string, signal: AbortSignal): Promise<Finding> {
  try {
    if (url.startsWith("file:")) await access(fileURLToPath(url));
    else {
      const answer = await fetch(...request(url, within(TIMEOUT_MS, signal)));
      if (!answer.ok) return fail(`${title} is answered with ${answer.status}`, "put the file there, or name another");
    }
    return pass(`${title} can be had`);
  } catch (error) {
    return fail(`${title} cannot be had: ${reasonOf(error)}`, "check address, server and network");
  }
}

/** fetch refuses, and repeats, a URL with a password in it. */
function request(url: string, signal: AbortSignal): [URL, RequestInit] {
  const address = new URL(url);
  const login = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  address.username = "";
  address.password = "";
  const headers = login === ":" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  return [address, { method: "HEAD", headers, signal }];
}

function shown(url: string): string {
  return url.replace(/\/\/[^/]*@/, "//").replace(/\?.*$/, "");
}
