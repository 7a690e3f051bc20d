/** TLS of the API and of boot files: real handshakes, versions, ciphers, client certificates, and new certificates while running. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import type { ConfigOverrides } from "../../common/config/config.ts";
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { apiTls, bootTls, createHttpServer, LOOK_NOW } from "../../common/tls-server.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { listening } from "../support/loopback.ts";

const names = ["127.0.0.1"];
const made = () => makeCertificate({ commonName: "api", names, curve: "P-256" });
const first = made();
const second = made();

/** Null without openssl: our own maker makes servers' only. */
function clientCertificate(folder: string): { cert: string; key: string } | null {
  const [cert, key] = [join(folder, "client.pem"), join(folder, "client.key")];
  const of = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=client"];
  const made = spawnSync("openssl", ["req", "-x509", ...of, "-keyout", key, "-out", cert]);
  return made.status === 0 ? { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") } : null;
}

describe("TLS of what we serve", () => {
  let folder: string;
  const servers: Server[] = [];
  const path = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-tls-"));
    place(first);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  let changes = 0;
  function place({ cert, key }: { readonly cert?: string; readonly key?: string }): void {
    if (cert !== undefined) writeFileSync(path("cert.pem"), cert);
    if (key !== undefined) writeFileSync(path("key.pem"), key);
    changes++;
    for (const name of ["cert.pem", "key.pem"]) utimesSync(path(name), changes, changes);
  }

  async function served(overrides: ConfigOverrides): Promise<{ server: Server; port: number }> {
    const ssl = { cert_file: path("cert.pem"), key_file: path("key.pem"), ...overrides.ssl };
    const config = defaultConfig({ ...overrides, api: { enable_ssl_api: true, ...overrides.api }, ssl });
    const server = createHttpServer(apiTls(config), {}, silent, (_request, response) => response.end("hello"));
    servers.push(server);
    return { server, port: await listening(server) };
  }

  /** Version and certificate of a handshake followed by an answer. */
  function shake(port: number, options: tls.ConnectionOptions = {}): Promise<{ version: string; print: string }> {
    return new Promise((resolve, reject) => {
      const ca = [first.cert, second.cert];
      const socket = tls.connect({ port, host: "127.0.0.1", ca, ...options }, () =>
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      );
      socket.once("error", reject).once("close", () => reject(new Error("closed")));
      socket.once("data", () => {
        resolve({ version: socket.getProtocol() ?? "", print: socket.getPeerCertificate().fingerprint256 });
        socket.destroy();
      });
    });
  }
  const printOf = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256;

  it("is 1.3 by default; older versions and plain HTTP are refused", async () => {
    const { port } = await served({});
    assert.equal((await shake(port)).version, "TLSv1.3");
    for (const maxVersion of ["TLSv1.2", "TLSv1.1", "TLSv1"] as const)
      await assert.rejects(shake(port, { maxVersion, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }), maxVersion);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });

  it("is 1.2 where [api]server_tls_minimum_version says so, with the ciphers of server_tls_ciphers only", async () => {
    const ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
    const { port } = await served({ api: { server_tls_minimum_version: "1.2", server_tls_ciphers: ciphers } });
    assert.equal((await shake(port, { maxVersion: "TLSv1.2", ciphers })).version, "TLSv1.2");
    await assert.rejects(shake(port, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }));
    await assert.rejects(shake(port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }));
  });

  it("asks clients for a certificate of [ssl]ca_file", async function () {
    const client = clientCertificate(folder);
    if (client === null) this.skip();
    writeFileSync(path("ca.pem"), client.cert);
    const { port } = await served({ ssl: { ca_file: path("ca.pem") } });
    await assert.rejects(shake(port));
    await assert.rejects(shake(port, { cert: first.cert, key: first.key }));
    assert.equal((await shake(port, client)).version, "TLSv1.3");
  });

  it("takes a renewed certificate while running, and keeps the old one until key and certificate fit", async () => {
    const { server, port } = await served({});
    const kept = tls.connect({ port, host: "127.0.0.1", ca: first.cert });
    await new Promise((resolve) => kept.once("secureConnect", resolve));
    place({ cert: second.cert });
    server.emit(LOOK_NOW);
    assert.equal((await shake(port)).print, printOf(first), "the key does not fit yet");
    place({ key: "garbage" });
    server.emit(LOOK_NOW);
    assert.equal((await shake(port)).print, printOf(first));
    place({ key: second.key });
    server.emit(LOOK_NOW);
    assert.equal((await shake(port)).print, printOf(second));
    const answer = new Promise((resolve) => kept.once("data", resolve));
    kept.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(String(await answer), /hello/, "connections go on");
    kept.destroy();
  });

  it("is refused at start with what is wrong: no certificate named, files missing, key of another, unknown ciphers", async () => {
    const none = defaultConfig({ api: { enable_ssl_api: true } });
    assert.throws(() => apiTls(none), /\[api\]enable_ssl_api.*set \[ssl\]cert_file and key_file/);
    assert.throws(() => bootTls(defaultConfig({ boot: { http_tls: true } })), /\[boot\]http_tls/);
    await assert.rejects(served({ ssl: { cert_file: "/nowhere/cert.pem" } }), /ENOENT.*check \/nowhere\/cert\.pem/);
    writeFileSync(path("other.pem"), second.key);
    await assert.rejects(served({ ssl: { key_file: path("other.pem") } }), /other\.pem/);
    await assert.rejects(served({ api: { server_tls_ciphers: "NO-SUCH-CIPHER" } }), /cipher/i);
  });

  it("is off where nobody asks for it", () => {
    assert.equal(apiTls(defaultConfig()), null);
    assert.equal(bootTls(defaultConfig()), null);
  });
});
