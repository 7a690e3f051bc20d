/**
 * One command on another host, by OpenSSH's client. Only that host is trusted whose key is known; the private key is in a
 * file of a folder that nobody else may enter, for the time of the command.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anySignal } from "../../common/any-signal.ts";
import type { Config } from "../../common/config/config.ts";
import { SshFailure } from "../../common/errors/power-switches.ts";
import type { SshTarget } from "./connection.ts";
import { shellText } from "./quote.ts";

export interface SshCommand {
  readonly words: readonly string[];
  readonly input?: string;
}

const MOST_BYTES = 1024 * 1024;
/** How ssh calls itself when it is known by the key of the node. */
const ALIAS = "ferric-host";
/** ssh's own failures, before or beside the command. */
const SSH_FAILED = 255;

/** The command's standard output. @throws SshFailure naming host and remedy, the signal's reason */
export async function runOverSsh(
  { ssh }: Pick<Config, "ssh">,
  target: SshTarget,
  command: SshCommand,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), "ferric-ssh-"));
  try {
    const args = [...(await optionsOf(target, ssh, folder)), "--", target.address, shellText(command.words)];
    const deadline = AbortSignal.timeout(ssh.command_timeout * 1000);
    const ended = await execute(ssh.program, args, command.input ?? "", anySignal([signal, deadline]));
    signal.throwIfAborted();
    if (ended.code === 0) return ended.stdout;
    throw SshFailure({
      operation: command.words.slice(0, 1).join(" "),
      reason: `${target.username}@${target.address}:${target.port}: ${whyOf(ended, deadline.aborted, ssh)}`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function optionsOf(target: SshTarget, ssh: Config["ssh"], folder: string): Promise<readonly string[]> {
  const options = [
    ...["BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "GlobalKnownHostsFile=/dev/null"],
    ...["IdentitiesOnly=yes", "IdentityAgent=none", "PreferredAuthentications=publickey"],
    ...["ClearAllForwardings=yes", "ForwardAgent=no", "PermitLocalCommand=no", "ControlPath=none"],
    `ConnectTimeout=${ssh.command_timeout}`,
  ];
  if (target.hostKey === null) options.push(`UserKnownHostsFile=${quotedPath(ssh.known_hosts_file ?? "/dev/null")}`);
  else {
    const known = join(folder, "known_hosts");
    await writeFile(known, `${ALIAS} ${target.hostKey}\n`, { mode: 0o600 });
    options.push(`UserKnownHostsFile=${quotedPath(known)}`, `HostKeyAlias=${ALIAS}`);
  }
  const key = "file" in target.key ? target.key.file : join(folder, "key");
  if ("text" in target.key) await writeFile(key, `${target.key.text.trim()}\n`, { mode: 0o600 });
  return [
    ...["-F", "none", "-T", "-i", key],
    ...options.flatMap((option) => ["-o", option]),
    ...["-p", String(target.port), "-l", target.username],
  ];
}

/** ssh parts file names at spaces. */
function quotedPath(path: string): string {
  return `"${path.replaceAll('"', "")}"`;
}

interface Ended {
  /** Null: it could not be started, or was ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(program: string, args: readonly string[], input: string, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: "/nonexistent", LC_ALL: "C" };
    const child = execFile(program, [...args], { env, signal, maxBuffer: MOST_BYTES }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else resolve({ code: null, stdout, stderr: stderr === "" ? (error.message.split("\n")[0] ?? "") : stderr });
    });
    // A command that ends before it has read everything is not an error of its own.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** What ssh says, first match, and what to do about it. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /Host key verification failed|host key .* has changed/i,
    "its host key is not the known one: correct driver_info/ssh_host_key or [ssh]known_hosts_file",
  ],
  [
    /Identity file .* not accessible|no such identity|bad permissions/i,
    "the key file cannot be used: correct driver_info/ssh_key_filename, and let only ferric's user read that file",
  ],
  [
    /Permission denied/i,
    "it refused the key: correct driver_info/ssh_username, ssh_private_key or ssh_key_filename, or authorise the key there",
  ],
  [/error in libcrypto|invalid format|Load key/i, "the private key cannot be used: give one without a passphrase"],
  [/Could not resolve/i, "its name cannot be found: correct driver_info/ssh_address"],
];

function whyOf({ code, stderr }: Ended, late: boolean, { command_timeout, program }: Config["ssh"]): string {
  const words = lastLine(stderr);
  if (late) return `no answer within ${command_timeout} s ([ssh]command_timeout).`;
  if (code === null)
    return `${program} cannot be run or was stopped (${words}): install OpenSSH's client, or name it in [ssh]program.`;
  if (code !== SSH_FAILED) return `the command ended with ${code}: ${words}`;
  const known = REMEDIES.find(([pattern]) => pattern.test(stderr))?.[1];
  return `${known ?? "check driver_info/ssh_address and ssh_port, and that SSH reaches it"} (${words}).`;
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim().slice(0, 300) ?? "it said nothing";
}
