import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { makeCertificate } from "../../../../ipa-agent/tls/self-signed.ts";
import { listening } from "../../../support/loopback.ts";

describe("the agent's own certificate", () => {
  for (const curve of ["P-256", "P-384", "P-521"] as const) {
    it(`with ${curve} is believed by a client that trusts only it`, async () => {
      const made = makeCertificate({ curve, commonName: "127.0.0.1", names: ["127.0.0.1", "::1"] });
      const server = tls.createServer(made, (socket) => socket.end("hello"));
      const port = await listening(server);
      const text = await new Promise<string>((resolve, reject) => {
        const socket = tls.connect({ port, host: "127.0.0.1", ca: made.cert });
        socket.once("error", reject).once("data", (data) => resolve(data.toString()));
      });
      server.close();
      assert.equal(text, "hello");
    });
  }

  it("names addresses of both families and hosts, and holds for three months around a wrong clock", () => {
    const now = new Date("2026-11-21T10:00:00Z");
    const names = ["10.1.2.3", "fd00::5", "node.example"];
    const x509 = new X509Certificate(makeCertificate({ curve: "P-384", commonName: "10.1.2.3", names, now }).cert);
    assert.equal(x509.subjectAltName, "IP Address:10.1.2.3, IP Address:FD00:0:0:0:0:0:0:5, DNS:node.example");
    assert.equal(x509.subject, "CN=10.1.2.3");
    assert.ok(x509.verify(x509.publicKey));
    assert.equal(new Date(x509.validFrom).toISOString(), "2026-11-20T10:00:00.000Z");
    assert.equal(new Date(x509.validTo).toISOString(), "2027-02-19T10:00:00.000Z");
  });

  it("passes OpenSSL's strict checks", async function () {
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      return this.skip();
    }
    const folder = await mkdtemp(join(tmpdir(), "ferric-cert-"));
    const path = join(folder, "cert.pem");
    await writeFile(path, makeCertificate({ curve: "P-384", commonName: "10.1.2.3", names: ["10.1.2.3"] }).cert);
    const args = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "10.1.2.3", "-CAfile", path, path];
    assert.match(execFileSync("openssl", args, { encoding: "utf8" }), /: OK/);
    await rm(folder, { recursive: true });
  });
});
