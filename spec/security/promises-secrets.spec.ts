/** What trusted systems promise about callers, secrets and images, promise by promise. Source: reliability.md, section 2. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultConfig } from "../../common/config/config.ts";
import { allowedFile } from "../../common/image-access.ts";
import { createLogger } from "../../common/log.ts";
import { MASK } from "../../common/secrets.ts";
import { probeImage } from "../../drivers/agent/image-source.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { apiUnderTest } from "../support/api-under-test.ts";
import { conductorUnderTest } from "../support/conductor-under-test.ts";
import { qcow2Image } from "../support/image-server.ts";
import { listening } from "../support/loopback.ts";
import { apiWithRules, PERSONAS, PROJECTS } from "../support/personas.ts";
import { CacheBench, sha256 } from "../unit/conductor-boot/cache-bench.ts";
import { newNode, TestDatabases } from "../unit/db/support/databases.ts";
import { startStubService } from "../unit/ipa-agent/support/stub-service.ts";
import { writeBench } from "../unit/ipa-agent/support/write-bench.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CANARY = "canary-promise";
const signal = new AbortController().signal;

describe("promises about callers, secrets and images (reliability 2)", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-promises-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("agent token: told once for a boot, wanted in each heartbeat, and to be had in a ramdisk's states only", async () => {
    await using under = await conductorUnderTest();
    const node = await under.nodeIn("wait call-back");
    const told = await Promise.all(Array.from({ length: 10 }, () => under.lookup(node)));
    const tokens = told.filter((token) => token !== MASK);
    assert.equal(tokens.length, 1, "of ten at once one is told it");
    for (const token of [null, "wrong", MASK]) await assert.rejects(under.beat(node, token), /agent_token/);
    await under.beat(node, tokens[0] ?? null);
    await under.conductor.idle();
    await using api = await apiUnderTest();
    const { uuid } = await api.stores.nodes.create(newNode());
    for (const provision_state of ["active", "available", "enroll", "manageable"] as const) {
      await api.stores.nodes.updateUnlocked(uuid, { provision_state });
      assert.equal((await api.send("GET", `/v1/lookup?node_uuid=${uuid}`)).status, 404, provision_state);
    }
    assert.deepEqual(api.conductor.calls, [], "nobody is asked for a token");
  });

  it("credentials are masked: in answers, errors, events and logs at debug level", async () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
    await using api = await apiUnderTest({}, createLogger({ level: "debug", stream }));
    const told: string[] = [];
    api.events.subscribe((event) => told.push(JSON.stringify(event)));
    const driver_info = { ipmi_password: CANARY, snmp_community: CANARY, redfish_password: CANARY };
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", driver_info } });
    const { uuid } = made.json as { uuid: string };
    const patch = [{ op: "add", path: "/driver_info/console_password", value: CANARY }];
    const answers = [
      made,
      await api.send("PATCH", `/v1/nodes/${uuid}`, { body: patch }),
      await api.send("GET", `/v1/nodes/${uuid}`),
      await api.send("GET", "/v1/nodes?detail=true"),
      await api.send("PATCH", `/v1/nodes/${uuid}`, {
        body: [{ op: "test", path: "/driver_info/ipmi_password", value: "x" }],
      }),
      await api.send("PUT", `/v1/nodes/${uuid}/states/provision`, {
        body: { target: "rescue", rescue_password: CANARY },
      }),
    ];
    assert.ok(answers[2]?.text.includes(MASK) && lines.length > 0);
    for (const text of [...answers.map((answer) => answer.text), ...lines, ...told])
      assert.ok(!text.includes(CANARY), text.slice(0, 200));
    const { nodes } = api.stores;
    assert.equal((await nodes.getRevealed(uuid)).driver_info.console_password, CANARY, "it is there for the conductor");
  });

  it("roles and owners: who may see a node and who may delete it, of all 22 kinds of callers", async () => {
    await using api = await apiWithRules();
    const { uuid } = await api.stores.nodes.create(
      newNode({ owner: PROJECTS.owner, lessee: PROJECTS.lessee, provision_state: "enroll" }),
    );
    const passing = async (method: string, good: number) => {
      const names: string[] = [];
      for (const name of Object.keys(PERSONAS)) {
        const { status } = await api.as(name, method, `/v1/nodes/${uuid}`);
        if (status === good) names.push(name);
        else assert.ok([401, 403, 404].includes(status), `${name}: ${status}`);
      }
      return names;
    };
    const readers = await passing("GET", 200);
    assert.equal(Object.keys(PERSONAS).length, 22);
    assert.deepEqual(
      readers.filter((name) => name.startsWith("other-") || name === "no-token"),
      [],
    );
    for (const name of ["system-reader", "owner-reader", "lessee-reader"]) assert.ok(readers.includes(name), name);
    // Only the last of them can: then it is gone, and nobody else has deleted it before.
    const order = Object.keys(PERSONAS).filter((name) => !["system-admin", "owner-admin"].includes(name));
    for (const name of order.filter((each) => !/^(system-(member|manager|service)|owner-manager|service-)/.test(each)))
      assert.ok([401, 403, 404].includes((await api.as(name, "DELETE", `/v1/nodes/${uuid}`)).status), name);
    assert.equal((await api.as("owner-admin", "DELETE", `/v1/nodes/${uuid}`)).status, 204);
  });

  it("checksum before conversion, format as declared: 20 bad images are refused, and no disk is written by one", async () => {
    await using bench = await CacheBench.start();
    await bench.reopen({ limitBytes: 10_000_000 });
    const edited = (offset: number, bytes: readonly number[]) => {
      const image = qcow2Image(70_000);
      Buffer.from(bytes).copy(image, offset);
      return image;
    };
    const eight = (last: number) => [0, 0, 0, 0, 0, 0, 0, last];
    const headers: readonly Buffer[] = [
      qcow2Image(70_000, { backingFile: "/etc/passwd" }),
      qcow2Image(70_000, { backingFile: "https://h/base" }),
      qcow2Image(70_000, { backingFile: "json:{}" }),
      edited(8, eight(200)),
      edited(16, [0, 0, 0, 9]),
      edited(32, [0, 0, 0, 1]),
      edited(32, [0, 0, 0, 2]),
      edited(4, [0, 0, 0, 1]),
      edited(4, [0, 0, 0, 9]),
      edited(72, eight(4)),
      edited(72, eight(64)),
      edited(72, [64, 0, 0, 0, 0, 0, 0, 0]),
      edited(20, [0, 0, 0, 60]),
      edited(24, [255, 255, 255, 255, 255, 255, 255, 255]),
    ];
    let refused = 0;
    for (const [at, image] of headers.entries()) {
      const url = bench.serve(`/bad-${at}`, image);
      await assert.rejects(
        bench.cache.fetch(url, { signal, sha256: sha256(image), deployed: { claimedFormat: null } }),
        /qcow2/,
        `image ${at}`,
      );
      refused += 1;
    }
    const others: readonly (readonly [string | Buffer, string])[] = [
      [qcow2Image(70_000), "raw"],
      ["KDMV".padEnd(2000, "\0"), "raw"],
      ["raw".padEnd(2000), "qcow2"],
      ["# Disk DescriptorFile\nversion=1\n".padEnd(2000, "\0"), "raw"],
    ];
    for (const [at, [image, claimedFormat]] of others.entries()) {
      const url = bench.serve(`/claimed-${at}`, image);
      const fetched = bench.cache.fetch(url, { signal, deployed: { claimedFormat } });
      await assert.rejects(fetched, /format is|not allowed/, `claimed ${at}`);
      refused += 1;
    }
    const url = bench.serve("/changed", "x".repeat(2000));
    await assert.rejects(bench.cache.fetch(url, { signal, sha256: sha256("y") }), /checksum/);
    const stub = await startStubService();
    try {
      stub.files.set("/i", { body: qcow2Image(70_000, { backingFile: "/etc/passwd" }) });
      const agent = await writeBench(folder, stub);
      await assert.rejects(agent.write("/i"));
      assert.ok((await agent.content()).equals(agent.old), "the agent's disk is as it was");
    } finally {
      await stub.close();
    }
    assert.equal(refused + 2, 20);
  });

  it("file:// is limited: to plain files below the named folders by their real path, and never /proc, /dev, /sys", async () => {
    const allowed = join(folder, "images");
    mkdirSync(allowed);
    writeFileSync(join(allowed, "good"), "x");
    symlinkSync("/etc/passwd", join(allowed, "link"));
    execFileSync("mkfifo", [join(allowed, "fifo")]);
    const base = pathToFileURL(allowed).href;
    const access = { allowLocal: true, folders: [allowed, "/proc", "/dev", "/sys"] };
    const bad = ["/link", "/fifo", "/../x", "/%2e%2e/x", "/"].map((path) => base + path);
    const never = ["/etc/passwd", "/proc/self/environ", "/dev/zero", "/sys/kernel/uevent_seqnum"];
    for (const url of [...bad, ...never.map((path) => `file://${path}`)])
      await assert.rejects(allowedFile(new URL(url), access), Error, url);
    assert.equal(await allowedFile(new URL(`${base}/good`), access), join(allowed, "good"));
  });

  it("TLS is verified: a certificate that nobody vouches for, for another host, or an old version: refused", async () => {
    const good = makeCertificate({ commonName: "images", names: ["127.0.0.1"], curve: "P-256" });
    const elsewhere = makeCertificate({ commonName: "images", names: ["192.0.2.1"], curve: "P-256" });
    const probed = async (pair: { cert: string; key: string }, trusted: string | null, maxVersion?: "TLSv1.2") => {
      const server = createServer({ ...pair, ...(maxVersion === undefined ? {} : { maxVersion }) }, (_ask, answer) =>
        answer.writeHead(200, { "content-length": "1" }).end("x"),
      );
      const file = join(folder, "ca.pem");
      if (trusted !== null) writeFileSync(file, trusted);
      const DEFAULT = trusted === null ? {} : { webserver_verify_ca: file };
      try {
        const url = new URL(`https://127.0.0.1:${await listening(server)}/image`);
        await probeImage(url, defaultConfig({ DEFAULT }), signal);
      } finally {
        server.close().closeAllConnections();
      }
    };
    await probed(good, good.cert);
    await assert.rejects(probed(good, null), /self-signed certificate/);
    await assert.rejects(probed(elsewhere, elsewhere.cert), /does not match|altnames/);
    await assert.rejects(probed(good, good.cert, "TLSv1.2"), /protocol version/i);
  });

  it("secrets outside the plain database: nothing of them is in its file, nor what would decrypt them", async () => {
    const databases = new TestDatabases("libsql", true);
    try {
      const database = await databases.openDatabase({ overrides: { secrets: {} } });
      const { nodes, deployTemplates } = database.stores;
      await nodes.create(newNode({ driver_info: { ipmi_password: CANARY }, instance_info: { configdrive: CANARY } }));
      const step = { interface: "bios", step: "apply", args: { settings: CANARY }, priority: 1 } as const;
      await deployTemplates.create({ uuid: crypto.randomUUID(), name: "CUSTOM_A", steps: [step] });
      await database[Symbol.asyncDispose]();
      const path = await databases.path();
      const key = readFileSync(`${path}.key`, "utf8").trim().split("\n").at(-1) ?? "?";
      const bytes = readFileSync(path);
      for (const secret of [CANARY, key, Buffer.from(key, "base64")]) assert.ok(!bytes.includes(secret));
    } finally {
      await databases.clear();
    }
  });

  it("root of trust on the provisioning network: the documentation says what plain network boot cannot promise", () => {
    const text = readFileSync(join(ROOT, "docs/network-faces.md"), "utf8").replaceAll(/\s+/g, " ");
    assert.match(text, /plain network boot has no root of trust/);
    assert.match(text, /virtual media/i);
    assert.match(text, /enable_ramdisk_endpoints/);
  });

  it("signed releases with an SBOM: what a release is made of is known to the byte: every package by version and checksum", () => {
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      lockfileVersion: number;
      packages: Record<string, { version?: string; integrity?: string; link?: boolean }>;
    };
    assert.ok(lock.lockfileVersion >= 3);
    for (const [path, { version, integrity, link }] of Object.entries(lock.packages))
      if (path !== "" && link !== true) assert.ok(version !== undefined && integrity?.startsWith("sha512-"), path);
  });
});
