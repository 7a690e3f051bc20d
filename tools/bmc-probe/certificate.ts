/** The certificate that a controller shows: until when, for which name, and whether somebody vouches for it. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { type Finding, fail, pass, warn } from "../doctor/check.ts";
import type { ProbedBmc } from "./bmc.ts";

const TIMEOUT_MS = 8000;
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;
const TRUST =
  "put a certificate of your own authority on the controller, and name the authority with --ca-file (redfish_verify_ca in driver_info)";

/** @throws Error when nothing answers there, or it speaks no TLS; the signal's reason */
export async function certificateFindings(target: ProbedBmc, signal: AbortSignal): Promise<readonly Finding[]> {
  const socket = await open(target, signal);
  try {
    const certificate = socket.getPeerCertificate(true);
    return [...dates(certificate), trust(socket), protocol(socket)];
  } finally {
    socket.destroy();
  }
}

/** Whatever the certificate is: it is what we want to look at. */
function open({ host, redfishPort: port, caFile }: ProbedBmc, signal: AbortSignal): Promise<TLSSocket> {
  const ca = caFile === null ? {} : { ca: readFileSync(caFile) };
  const name = isIP(host) === 0 ? { servername: host } : {};
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: "TLSv1", ...name, ...ca });
    const stop = (reason: unknown) => {
      socket.destroy();
      reject(reason);
    };
    const abort = () => stop(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    socket.setTimeout(TIMEOUT_MS, () => stop(new Error(`no TLS at ${host}:${port} within ${TIMEOUT_MS / 1000} s`)));
    socket.on("error", stop);
    socket.once("close", () => signal.removeEventListener("abort", abort));
    socket.once("secureConnect", () => resolve(socket));
  });
}

function dates({ subject, valid_from, valid_to }: DetailedPeerCertificate): readonly Finding[] {
  const title = `the certificate of ${subject?.CN ?? "no name"}`;
  const left = Math.floor((Date.parse(valid_to) - Date.now()) / DAY_MS);
  if (Date.parse(valid_from) > Date.now())
    return [
      fail(`${title} is not valid before ${valid_from}`, "check the clocks of the controller and of this machine"),
    ];
  if (left < 0) return [fail(`${title} ended ${valid_to}`, "renew it on the controller")];
  if (left < SOON_DAYS) return [warn(`${title} ends in ${left} days`, "renew it on the controller")];
  return [pass(`${title} is valid for ${left} days`)];
}

function trust(socket: TLSSocket): Finding {
  if (socket.authorized) return pass("it is vouched for, and for this address");
  return warn(`it is not to be trusted: ${socket.authorizationError?.message ?? "unknown authority"}`, TRUST);
}

function protocol(socket: TLSSocket): Finding {
  const version = socket.getProtocol() ?? "unknown";
  const cipher = socket.getCipher().name;
  if (version === "TLSv1.3" || version === "TLSv1.2") return pass(`${version}, ${cipher}`);
  return warn(`${version}, ${cipher}: no more than old protocols`, "update the controller's firmware");
}
