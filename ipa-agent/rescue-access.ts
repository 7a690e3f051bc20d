/** Rescue access: a password for the ramdisk's user `rescue`, and an ssh server that takes it. */
import { runProgram } from "./run-program.ts";

/** `hashed`: the password is a crypt(3) hash. Standard input carries it, never an argument. */
export async function setRescuePassword(password: string, hashed: boolean): Promise<void> {
  if (/[\n\r:]/.test(password) && hashed) throw new Error("the rescue password hash holds a colon or a line break");
  if (/[\n\r]/.test(password)) throw new Error("the rescue password holds a line break");
  const args = hashed ? ["chpasswd", "-e"] : ["chpasswd", "-c", "sha512"];
  await runProgram("busybox", args, { timeout: 30_000, input: `rescue:${password}\n` });
  await runProgram("dropbear", ["-R", "-p", "22"], { timeout: 30_000 });
}
