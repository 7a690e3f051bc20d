/**
 * A host with virtual machines for tests: a real sshd on a loopback port with keys of its own, and a stand-in for virsh that
 * keeps each machine's state in a file.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "./loopback.ts";

const SSHD = "/usr/sbin/sshd";

/** Whether this machine has what these tests need; they are left out elsewhere. */
export const hasSshd = (): boolean => existsSync(SSHD);

/** libvirt's own verbs and words, as far as ferric uses them; what was asked is kept in a log, one word a line. */
const VIRSH = `#!/bin/bash
cd "@FOLDER@" || exit 9
printf '%s\\n' "$@" -- >> asked
[ -e hang ] && exec sleep 60
shift 2; verb=$1; shift
[ "$verb" = define ] && { cat "$1" > defined; exit; }
[ "$1" = --inactive ] && shift
name=$2
file=domains/$(printf %s "$name" | od -An -tx1 | tr -d ' \\n')
[ -e "$file" ] || { echo "error: failed to get domain '$name'" >&2; exit 1; }
read -r state < "$file"
case $verb in
  domstate) echo "$state"; echo;;
  start) [ "$state" = "shut off" ] || { echo "error: Domain is already active" >&2; exit 1; }; echo running > "$file";;
  destroy|shutdown) [ "$state" = "shut off" ] && { echo "error: domain is not running" >&2; exit 1; }; echo "shut off" > "$file";;
  inject-nmi) ;;
  dumpxml) cat defined;;
  *) echo "error: unknown command: '$verb'" >&2; exit 1;;
esac
`;

export class SshHost {
  readonly folder: string;
  readonly port: number;
  /** Public key of the host, as driver_info/ssh_host_key takes it. */
  readonly hostKey: string;
  /** The private key that the host lets in. */
  readonly privateKey: string;
  readonly user = userInfo().username;
  readonly #sshd: ChildProcess;

  private constructor(folder: string, port: number, sshd: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.#sshd = sshd;
    this.hostKey = readFileSync(join(folder, "host_key.pub"), "utf8").trim();
    this.privateKey = readFileSync(join(folder, "user_key"), "utf8");
  }

  static async start(): Promise<SshHost> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-ssh-host-"));
    for (const part of ["bin", "domains"]) mkdirSync(join(folder, part));
    for (const key of ["host_key", "user_key", "other_key"])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, key)]);
    writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user_key.pub")));
    writeFileSync(join(folder, "bin", "virsh"), VIRSH.replace("@FOLDER@", folder), { mode: 0o755 });
    writeFileSync(join(folder, "defined"), "<domain>\n  <os>\n    <boot dev='hd'/>\n  </os>\n</domain>\n");
    const port = await freePort();
    writeFileSync(join(folder, "sshd_config"), configOf(folder, port));
    // As root it insists on this folder.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const sshd = spawn(SSHD, ["-D", "-e", "-f", join(folder, "sshd_config")], { stdio: "ignore" });
    await untilListening(port);
    return new SshHost(folder, port, sshd);
  }

  stop(): void {
    this.#sshd.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  setState(domain: string, state: "running" | "shut off" | "odd"): void {
    writeFileSync(this.#file(domain), `${state}\n`);
  }

  state(domain: string): string {
    return readFileSync(this.#file(domain), "utf8").trim();
  }

  /** What virsh was asked, a list of words each. */
  asked(): string[][] {
    const file = join(this.folder, "asked");
    if (!existsSync(file)) return [];
    const calls = readFileSync(file, "utf8").split("\n--\n");
    return calls.slice(0, -1).map((call) => call.split("\n"));
  }

  #file(domain: string): string {
    return join(this.folder, "domains", Buffer.from(domain).toString("hex"));
  }
}

function configOf(folder: string, port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${folder}/host_key
PidFile none
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
LogLevel QUIET
SetEnv PATH=${folder}/bin:/usr/bin:/bin
`;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1", () => done(true)).on("error", () => done(false));
      socket.on("close", () => {}).setTimeout(1000, () => socket.destroy());
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("sshd does not listen");
}
