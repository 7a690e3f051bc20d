/** Keeps the token across a restart of the agent within one boot: the service gives it out only once. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export async function rememberedToken(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, "token"), "utf8").catch(() => "");
  return text.trim() === "" ? null : text.trim();
}

/** Written aside and renamed, readable by root only: half a token would lock the agent out. */
export async function rememberToken(folder: string, token: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "token");
  await writeFile(`${path}.new`, token, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
