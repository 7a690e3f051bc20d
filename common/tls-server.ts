/**
 * HTTP servers with or without TLS. Certificates are read again when their files change, without a restart and without
 * a connection lost; files that do not fit together leave what is in use as it is.
 */
import { readFileSync, statSync } from "node:fs";
import http, { type RequestListener, type Server, type ServerOptions } from "node:http";
import https, { type Server as SecureServer } from "node:https";
import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import type { Config } from "./config/config.ts";
import { reasonOf } from "./errors/fault.ts";
import { TlsUnusable } from "./errors/tls.ts";
import type { Logger } from "./log.ts";

export interface TlsSettings {
  /** As messages name it. */
  readonly face: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities that clients must show a certificate of; null: clients need none. */
  readonly clientCaFile: string | null;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's list format; null: Node's own choice. */
  readonly ciphers: string | null;
}

const HANDSHAKE_TIMEOUT_MS = 15_000;
const LOOK_MS = 10_000;

/** [api]enable_ssl_api; null: plain HTTP. @throws TlsUnusable when no certificate is named */
export function apiTls({ api, ssl }: Config): TlsSettings | null {
  if (!api.enable_ssl_api) return null;
  return settings("the API ([api]enable_ssl_api)", api.cert_file ?? ssl.cert_file, api.key_file ?? ssl.key_file, {
    clientCaFile: ssl.ca_file,
    minVersion: `TLSv${api.server_tls_minimum_version}`,
    ciphers: api.server_tls_ciphers ?? ssl.ciphers,
  });
}

/** [boot]http_tls; null: plain HTTP. Firmware shows no certificate. @throws TlsUnusable when no certificate is named */
export function bootTls({ boot, ssl }: Config): TlsSettings | null {
  if (!boot.http_tls) return null;
  return settings(
    "boot files ([boot]http_tls)",
    boot.http_cert_file ?? ssl.cert_file,
    boot.http_key_file ?? ssl.key_file,
    {
      clientCaFile: null,
      minVersion: `TLSv${boot.http_tls_minimum_version}`,
      ciphers: boot.http_tls_ciphers ?? ssl.ciphers,
    },
  );
}

/** [prometheus]enable_ssl; null: plain HTTP. @throws TlsUnusable when no certificate is named */
export function prometheusTls({ prometheus, ssl }: Config): TlsSettings | null {
  if (!prometheus.enable_ssl) return null;
  const { cert_file, key_file } = prometheus;
  return settings("metrics ([prometheus]enable_ssl)", cert_file ?? ssl.cert_file, key_file ?? ssl.key_file, {
    clientCaFile: ssl.ca_file,
    minVersion: "TLSv1.2",
    ciphers: ssl.ciphers,
  });
}

/** [vnc]enable_ssl; null: plain HTTP. Browsers show a token, not a certificate. @throws TlsUnusable when no certificate is named */
export function vncTls({ vnc, ssl }: Config): TlsSettings | null {
  if (!vnc.enable_ssl) return null;
  return settings("consoles ([vnc]enable_ssl)", vnc.cert_file ?? ssl.cert_file, vnc.key_file ?? ssl.key_file, {
    clientCaFile: null,
    minVersion: `TLSv${vnc.tls_minimum_version}`,
    ciphers: vnc.tls_ciphers ?? ssl.ciphers,
  });
}

function settings(
  face: string,
  certFile: string | null,
  keyFile: string | null,
  rest: Pick<TlsSettings, "clientCaFile" | "minVersion" | "ciphers">,
): TlsSettings {
  if (certFile === null || keyFile === null)
    throw TlsUnusable({ face, reason: "no certificate or no key is named; set [ssl]cert_file and key_file" });
  return { face, certFile, keyFile, ...rest };
}

/** A server with `tls`, or a plain one. @throws TlsUnusable */
export function createHttpServer(
  tls: TlsSettings | null,
  options: ServerOptions,
  log: Logger,
  listener?: RequestListener,
): Server {
  if (tls === null) return http.createServer(options, listener);
  const secure: TlsOptions = {
    ...contextOf(tls),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    honorCipherOrder: true,
    requestCert: tls.clientCaFile !== null,
    rejectUnauthorized: true,
  };
  const server = https.createServer({ ...options, ...secure }, listener);
  keepFresh(server, tls, log);
  return server;
}

/** @throws TlsUnusable */
function contextOf(tls: TlsSettings): SecureContextOptions {
  try {
    const context: SecureContextOptions = {
      cert: readFileSync(tls.certFile),
      key: readFileSync(tls.keyFile),
      minVersion: tls.minVersion,
      ...(tls.ciphers === null ? {} : { ciphers: tls.ciphers }),
      ...(tls.clientCaFile === null ? {} : { ca: readFileSync(tls.clientCaFile) }),
    };
    createSecureContext(context);
    return context;
  } catch (error) {
    const files = [tls.certFile, tls.keyFile, ...(tls.clientCaFile === null ? [] : [tls.clientCaFile])].join(", ");
    throw TlsUnusable({ face: tls.face, reason: `${reasonOf(error)}; check ${files}` }, error);
  }
}

/** Key and certificate are replaced one after the other: what does not fit yet is tried again when it changes. */
function keepFresh(server: SecureServer, tls: TlsSettings, log: Logger): void {
  let known = marksOf(tls);
  const look = () => {
    const now = marksOf(tls);
    if (now === known) return;
    known = now;
    try {
      server.setSecureContext(contextOf(tls));
      log.info({ face: tls.face, certificate: tls.certFile }, "a new certificate is in use");
    } catch (error) {
      log.error({ error, face: tls.face }, "the new certificate is not used; the one before stays");
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  server.on("close", () => clearInterval(timer));
  server.on(LOOK_NOW, look);
}

/** Emitted at a server of ours: look at the files now. */
export const LOOK_NOW = "ferric:look";

function marksOf({ certFile, keyFile, clientCaFile }: TlsSettings): string {
  const files = [certFile, keyFile, ...(clientCaFile === null ? [] : [clientCaFile])];
  return files.map(markOf).join(" ");
}

function markOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "gone" : `${found.ino}-${found.size}-${found.mtimeMs}`;
}
