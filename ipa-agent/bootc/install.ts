/**
 * Installs a bootable container: podman fetches it into the ramdisk, and the `bootc` that the container brings puts it on
 * the disk. Sources: podman-pull(1), podman-run(1), bootc-install-to-disk(8).
 */
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OciReference } from "../../common/oci-reference.ts";
import { type AgentError, commandFailed, imageDownloadError, imageWriteError, reasonText } from "../errors.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import type { AgentParameters } from "../parameters.ts";
import type { Progress } from "../progress.ts";
import { runProgram, tryProgram } from "../run-program.ts";
import { formsOf, writeAuthFile } from "./auth-file.ts";

export interface BootcInstall {
  readonly image: OciReference;
  readonly pullSecret: string | null;
  /** Content of an authorized_keys file for root of the installed system. */
  readonly authorizedKeys: string | null;
  /** The root file system is encrypted, bound to the machine's TPM 2. */
  readonly tpm2Luks: boolean;
  /** Bytes at the end of the disk that stay free; 0: the root file system takes all. */
  readonly keepsFree: number;
}

export interface BootcSurroundings {
  readonly device: BlockDevice;
  readonly parameters: Pick<AgentParameters, "stateFolder" | "bootcTimeout">;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

const MEBIBYTE = 1024 * 1024;
/** One name, so that what a broken-off installation left running can be found. */
const CONTAINER = "ferric-bootc";
const KEYS_INSIDE = "/run/ferric-authorized-keys";
/** More than bootc takes for the partitions of the boot loader, the EFI system and, when encrypting, /boot. */
const BOOT_PARTITIONS = 2048;
/** Less is no root file system of a container that boots. */
const LEAST_ROOT = 2048;
const SELINUX = "/sys/fs/selinux/enforce";

/** The device holds the system when this resolves. Throws AgentError in words; never shows the secret. */
export async function installBootc(wanted: BootcInstall, around: BootcSurroundings): Promise<void> {
  const { device, parameters, progress } = around;
  const rootSize = rootSizeFor(wanted, device);
  await mkdir(parameters.stateFolder, { recursive: true });
  const folder = await mkdtemp(join(parameters.stateFolder, "bootc-"));
  try {
    progress.stage("bootc.pull", `podman fetches ${wanted.image.name}`);
    await pull(wanted, folder, around);
    progress.stage("bootc.install", `bootc of ${wanted.image.name} installs it on ${device.path}`);
    await install(wanted, folder, rootSize, around);
    progress.stage("bootc.done", `${wanted.image.name} is on ${device.path}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** MiB for the root file system; null: all. */
function rootSizeFor({ keepsFree }: BootcInstall, { path, size }: BlockDevice): number | null {
  if (keepsFree === 0) return null;
  const rest = Math.floor((size - keepsFree) / MEBIBYTE) - BOOT_PARTITIONS;
  if (rest < LEAST_ROOT)
    throw imageWriteError(
      `${path} has ${size} bytes: too few for a container and a config drive beside it; choose a larger disk by a root device hint`,
    );
  return rest;
}

async function pull({ image, pullSecret }: BootcInstall, folder: string, around: BootcSurroundings): Promise<void> {
  const authFile = join(folder, "auth.json");
  if (pullSecret !== null) await writeAuthFile(authFile, image.registry, pullSecret);
  const auth = pullSecret === null ? [] : [`--authfile=${authFile}`];
  try {
    await podman(["pull", "--quiet", ...auth, image.name], around);
  } catch (error) {
    around.signal?.throwIfAborted();
    const reason = withoutSecret(reasonText(error), pullSecret);
    throw (
      withoutPodman(reason) ??
      imageDownloadError(
        `podman could not fetch ${image.name}: ${reason}; correct image_source or image_pull_secret of instance_info, or the way to the registry`,
      )
    );
  } finally {
    // What the container runs as must not find it.
    await rm(authFile, { force: true });
  }
}

async function install(
  wanted: BootcInstall,
  folder: string,
  rootSize: number | null,
  around: BootcSurroundings,
): Promise<void> {
  const keys = join(folder, "authorized_keys");
  if (wanted.authorizedKeys !== null) await writeFile(keys, endedLine(wanted.authorizedKeys), { mode: 0o600 });
  try {
    await podman([...runArguments(wanted, keys), ...(await bootcArguments(wanted, rootSize, around))], around);
  } catch (error) {
    // Ending podman does not end the container that it has started.
    await tryProgram("podman", ["rm", "--force", "--time=0", "--ignore", CONTAINER]);
    around.signal?.throwIfAborted();
    throw failureOf(wanted.image, reasonText(error));
  }
}

function runArguments({ image, authorizedKeys }: BootcInstall, keys: string): readonly string[] {
  return [
    "run",
    `--name=${CONTAINER}`,
    "--replace",
    "--rm",
    "--pull=never",
    "--privileged",
    "--pid=host",
    "--network=host",
    "--user=root:root",
    "--security-opt=label=type:unconfined_t",
    "--volume=/dev:/dev",
    "--volume=/var/lib/containers:/var/lib/containers",
    ...(authorizedKeys === null ? [] : [`--volume=${keys}:${KEYS_INSIDE}:ro`]),
    image.name,
  ];
}

async function bootcArguments(
  { authorizedKeys, tpm2Luks }: BootcInstall,
  rootSize: number | null,
  { device }: BootcSurroundings,
): Promise<readonly string[]> {
  return [
    "bootc",
    "install",
    "to-disk",
    "--wipe",
    // The secret for the registry is not left in the system, so the check would fail.
    "--skip-fetch-check",
    // bootc cannot label files for SELinux from a kernel without it, and refuses to unless told so.
    ...((await isThere(SELINUX)) ? [] : ["--disable-selinux"]),
    ...(tpm2Luks ? ["--block-setup=tpm2-luks"] : []),
    ...(rootSize === null ? [] : [`--root-size=${rootSize}M`]),
    ...(authorizedKeys === null ? [] : [`--root-ssh-authorized-keys=${KEYS_INSIDE}`]),
    device.path,
  ];
}

function podman(args: readonly string[], { parameters, signal }: BootcSurroundings): Promise<string> {
  return runProgram("podman", args, {
    timeout: parameters.bootcTimeout * 1000,
    ...(signal === undefined ? {} : { signal }),
  });
}

function failureOf({ name }: OciReference, reason: string): AgentError {
  if (/code 12[67]\b/.test(reason) && /bootc/.test(reason) && /not found|no such file/i.test(reason))
    return commandFailed(`${name} has no bootc; use an image that is a bootable container`);
  return withoutPodman(reason) ?? imageWriteError(`bootc of ${name} failed: ${reason}`);
}

function withoutPodman(reason: string): AgentError | null {
  return reason.includes("ENOENT")
    ? commandFailed("the ramdisk has no podman; use a deploy ramdisk that has it, or the deploy interface direct")
    : null;
}

function withoutSecret(text: string, secret: string | null): string {
  if (secret === null) return text;
  return formsOf(secret).reduce((shown, form) => shown.replaceAll(form, "***"), text);
}

function endedLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
