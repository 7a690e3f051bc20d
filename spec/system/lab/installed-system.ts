/** Looks into the system that was installed: hostname, SSH key and password of the config drive, and which image it is. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
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
  await withPassword(scene, home.from);
  bootedOnConsole(scene, hostname);
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

/** Logs in with the password alone; the client gets it from a program, as it would from a person. */
async function withPassword({ run: { state } }: Scene, address: string): Promise<void> {
  const program = join(state, "askpass");
  writeFileSync(program, "#!/bin/sh\necho lab-password\n", { mode: 0o700 });
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "PubkeyAuthentication=no"];
  const args = [...options.flatMap((option) => ["-o", option]), `debian@${address}`, "id -un"];
  const env = { ...process.env, SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "force" };
  const { stdout } = await run("ssh", args, { env, timeout: 60_000 });
  if (stdout.trim() !== "debian") throw new Error(`the password login answered ${JSON.stringify(stdout)}`);
}

/** The boot must have been seen on the serial console, from the boot loader to the configured host name. */
function bootedOnConsole({ run: { state } }: Scene, hostname: string): void {
  const text = readFileSync(join(state, "lab/node-1/console.log"), "utf8");
  for (const sign of ["Booting `Debian'", hostname])
    if (!text.includes(sign)) throw new Error(`the console never showed ${sign}`);
}
