/**
 * The certificate of the command server, made at start: X.509 v3 (RFC 5280), self-signed with ECDSA. The conductor
 * gets it in the heartbeat (`agent_verify_ca`) and trusts exactly it, so it is its own authority.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import { bitString, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from "./der.ts";

export interface CertificateRequest {
  readonly curve: "P-256" | "P-384" | "P-521";
  readonly commonName: string;
  /** IP addresses and host names the certificate is valid for. */
  readonly names: readonly string[];
  readonly now?: Date;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const HASHES = {
  "P-256": ["sha256", "1.2.840.10045.4.3.2"],
  "P-384": ["sha384", "1.2.840.10045.4.3.3"],
  "P-521": ["sha512", "1.2.840.10045.4.3.4"],
} as const;
// A machine's clock may be off: valid from long before, and well beyond any deployment.
const BEFORE_MS = 24 * 3600 * 1000;
const AFTER_MS = 90 * 24 * 3600 * 1000;

export function makeCertificate(request: CertificateRequest): Certificate {
  const [hash, algorithmId] = HASHES[request.curve];
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: request.curve });
  const algorithm = sequence(oid(algorithmId));
  const name = sequence(set(sequence(oid("2.5.4.3"), utf8(request.commonName.slice(0, 64)))));
  const now = request.now ?? new Date();
  const spki = publicKey.export({ type: "spki", format: "der" });
  // 159 bits at most: positive and at most 20 octets (RFC 5280, 4.1.2.2).
  const serial = randomBytes(19);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(new Date(now.getTime() - BEFORE_MS)), time(new Date(now.getTime() + AFTER_MS))),
    name,
    spki,
    explicit(3, sequence(...extensions(request.names, createHash("sha1").update(spki).digest()))),
  );
  const signature = sign(hash, body, privateKey);
  const certificate = sequence(body, algorithm, bitString(signature));
  return { cert: pem("CERTIFICATE", certificate), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function extensions(names: readonly string[], keyId: Buffer): readonly Buffer[] {
  const critical = (id: string, value: Buffer) => sequence(oid(id), boolean(true), octets(value));
  const plain = (id: string, value: Buffer) => sequence(oid(id), octets(value));
  return [
    critical("2.5.29.19", sequence(boolean(true))),
    // digitalSignature and keyCertSign: it both serves and vouches for itself.
    critical("2.5.29.15", bitString(Buffer.from([0b1000_0100]), 2)),
    plain("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))),
    plain("2.5.29.14", octets(keyId)),
    plain("2.5.29.35", sequence(implicit(0, keyId))),
    plain("2.5.29.17", sequence(...names.map(generalName))),
  ];
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return implicit(7, Buffer.from(name.split(".").map(Number)));
  if (isIPv6(name)) return implicit(7, ipv6Bytes(name));
  return implicit(2, Buffer.from(name, "latin1"));
}

function ipv6Bytes(text: string): Buffer {
  const full = text.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = full.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  return bytes;
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
