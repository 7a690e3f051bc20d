/** `ferric bmc probe` against controllers that speak the real protocols, well and badly. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../../../ipa-agent/tls/self-signed.ts";
import type { Diagnosis } from "../../../../tools/doctor/check.ts";
import { Simulator, type SimulatorOptions } from "../../../../tools/simulator/simulator.ts";
import { STANDARD_LOGIN } from "../../../../tools/simulator/world.ts";
import { CommandRun } from "../../../support/command-run.ts";
import { freeUdpPort, hasIpmiSim, IpmiSim } from "../../../support/ipmi-sim.ts";

const { username, password } = STANDARD_LOGIN;

describe("ferric bmc probe", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-probe-"));
  const tls = makeCertificate({ curve: "P-256", commonName: "bmc.example.org", names: ["127.0.0.1"] });
  const caFile = join(folder, "ca.pem");
  before(() => writeFileSync(caFile, tls.cert));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function probe(args: readonly string[], secret: string | null = password) {
    const env = secret === null ? {} : { FERRIC_BMC_PASSWORD: secret };
    const { code, out, err } = await new CommandRun(["bmc", "probe", "127.0.0.1", "--json", ...args], env).ended;
    const found: readonly Diagnosis[] = out === "" ? [] : JSON.parse(out);
    return { code, out, err, found, of: (check: string) => found.filter((one) => one.check === check) };
  }

  async function simulated(options: Partial<SimulatorOptions> = {}) {
    const simulator = await Simulator.start({ machines: 1, tls, ...options });
    const [place] = simulator.places;
    const ports = ["--ipmi-port", String(place?.ipmi?.port), "--redfish-port", String(place?.redfishPort)];
    return { place, ports: ["--user", username, ...ports], [Symbol.asyncDispose]: () => simulator.stop() };
  }

  it("finds nothing wrong with a good controller, over IPMI and Redfish", async () => {
    await using bmc = await simulated();
    const { code, found, err } = await probe([...bmc.ports, "--ca-file", caFile]);
    assert.equal(code, 0, `${err}${JSON.stringify(found, null, 1)}`);
    const names = [...new Set(found.map(({ check }) => check))];
    const redfish = ["certificate", "login", "power", "boot", "media", "clock"].map((step) => `redfish ${step}`);
    assert.deepEqual(names, ["ipmi login", "ipmi power", "ipmi boot", "ipmi clock", ...redfish]);
    assert.deepEqual(
      found.filter(({ verdict }) => verdict !== "pass"),
      [],
    );
  });

  it("says that the password is wrong, over both, and goes no further", async () => {
    await using bmc = await simulated();
    const { code, of, found } = await probe(bmc.ports, "guessed-by-somebody");
    assert.equal(code, 1);
    assert.match(of("ipmi login")[0]?.remedy ?? "", /user name or the password/);
    assert.match(of("redfish login")[0]?.remedy ?? "", /user name or the password/);
    assert.equal(
      found.some(({ check }) => check.endsWith("power")),
      false,
    );
    assert.doesNotMatch(JSON.stringify(found), /guessed-by-somebody/);
  });

  it("warns of a certificate that nobody vouches for", async () => {
    await using bmc = await simulated();
    const { of, code } = await probe([...bmc.ports, "--protocol", "redfish"]);
    assert.equal(code, 0);
    const [, trust] = of("redfish certificate");
    assert.equal(trust?.verdict, "warn");
    assert.match(trust?.remedy ?? "", /--ca-file/);
  });

  it("tells a clock that is wrong", async () => {
    await using bmc = await simulated({ world: { now: () => Date.now() - 3_600_000 } });
    const { of, code } = await probe([...bmc.ports, "--ca-file", caFile]);
    assert.equal(code, 1);
    for (const check of ["ipmi clock", "redfish clock"]) assert.match(of(check)[0]?.text ?? "", /36\d\d s behind ours/);
  });

  it("names what to look at when nothing answers", async () => {
    const nobody = String(await freeUdpPort());
    const { code, of } = await probe(["--ipmi-port", nobody, "--redfish-port", nobody]);
    assert.equal(code, 1);
    assert.match(of("ipmi login")[0]?.remedy ?? "", /UDP port 623/);
    assert.match(of("redfish certificate")[0]?.remedy ?? "", /TCP port 443/);
  });

  it("warns of a controller that has but the older cipher suite, as ipmi_sim", async function () {
    if (!hasIpmiSim()) this.skip();
    const sim = await IpmiSim.start();
    try {
      const port = String(sim.port);
      const { of, code } = await probe(["--protocol", "ipmi", "--ipmi-port", port, "--user", "admin"], "secretpass");
      assert.equal(code, 0);
      assert.match(of("ipmi login")[0]?.text ?? "", /cipher suite 3; firmware 9\.08/);
      assert.equal(of("ipmi login")[1]?.verdict, "warn");
    } finally {
      await sim.stop();
    }
  });

  it("takes the password from a file too, and none from the command line", async () => {
    await using bmc = await simulated();
    const file = join(folder, "password");
    writeFileSync(file, `${password}\n`);
    const { code } = await probe([...bmc.ports, "--protocol", "ipmi", "--password-file", file], null);
    assert.equal(code, 0);
    const flagged = await probe([...bmc.ports, `--password=${password}-flag`], null);
    assert.equal(flagged.code, 2);
    assert.doesNotMatch(flagged.err, /-flag/);
    const without = await probe(bmc.ports, null);
    assert.equal(without.code, 2);
    assert.match(without.err, /FERRIC_BMC_PASSWORD/);
  });
});
