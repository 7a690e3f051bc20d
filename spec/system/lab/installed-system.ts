/** Looks into the system that was installed: hostname, SSH key and password of the config drive, and which image it is. */
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Scene } from "./deploy-scenario.ts";
import type { PhoneHome } from "./world.ts";

const run = promisify(execFile);

export async function checkInstalled(scene: Scene, home: PhoneHome, image: "first" | "second"): Promise<void> {
  const hostname = `server-1-${image}`;
  if (home.text.trim() !== hostname) throw new Error(`the system calls itself ${home.text}, not ${hostname}`);
  const marker = await overSsh(scene, home.from, "cat /etc/lab-image 2>/dev/null || echo first; cat /proc/cmdline");
  if (!marker.startsWith(image)) throw new Error(`expected the ${image} image to run, found ${marker}`);
  await loginOnConsole(scene);
}

async function overSsh({ key }: Scene, address: string, command: string): Promise<string> {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "ConnectTimeout=20"];
  const args = ["-i", key, ...options.flatMap((option) => ["-o", option]), `debian@${address}`, command];
  for (let attempt = 1; ; attempt++) {
    try {
      return (await run("ssh", args, { timeout: 60_000 })).stdout;
    } catch (error) {
      if (attempt === 10) throw error;
      await new Promise((ok) => setTimeout(ok, 3000));
    }
  }
}

/** Types name and password at the serial console's login prompt and expects a shell. */
async function loginOnConsole({ run: { state } }: Scene): Promise<void> {
  const port = /SERIAL_PORT=(\d+)/.exec(readFileSync(join(state, "lab/node-1/conf"), "utf8"))?.[1];
  const child = spawn("socat", ["-", `TCP:127.0.0.1:${port}`], { stdio: ["pipe", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const expect = async (pattern: RegExp, again?: string) => {
    for (const limit = Date.now() + 120_000; Date.now() < limit; ) {
      if (pattern.test(text)) {
        text = "";
        return;
      }
      if (again !== undefined) child.stdin.write(again);
      await new Promise((ok) => setTimeout(ok, 2000));
    }
    throw new Error(`console: waited for ${pattern}, saw ${JSON.stringify(text.slice(-300))}`);
  };
  try {
    await expect(/login: /, "\n");
    child.stdin.write("debian\n");
    await expect(/assword: /);
    child.stdin.write("lab-password\n");
    await expect(/debian@server-1/, "\n");
    child.stdin.write("exit\n");
  } finally {
    child.kill();
  }
}
