import { strict as assert } from "node:assert";
import { parseCommandLine, parseParameterFile, readParameters } from "../../../ipa-agent/parameters.ts";

describe("parameters of the agent", () => {
  const read = (text: string) => readParameters(parseCommandLine(text));

  it("come from the kernel command line, quotes and all", () => {
    const { parameters, problems } = read(
      'quiet ipa-api-url=http://10.0.0.1:6385/v1/,http://10.0.0.2:6385 BOOTIF=01-52-54-00-AB-cd-EF root_device="model=Big Disk" ipa-debug=1 ipa-insecure=true ipa-lookup-timeout=20 ipa_listen_port=1234',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(parameters.apiUrls, ["http://10.0.0.1:6385", "http://10.0.0.2:6385"]);
    assert.equal(parameters.bootMac, "52:54:00:ab:cd:ef");
    assert.equal(parameters.rootDevice, "model=Big Disk");
    assert.equal(parameters.debug, true);
    assert.equal(parameters.insecure, true);
    assert.equal(parameters.lookupTimeout, 20);
    assert.equal(parameters.listenPort, 1234);
  });

  it("have the contract's defaults", () => {
    const { parameters } = read("");
    assert.equal(parameters.listenPort, 9999);
    assert.equal(parameters.lookupTimeout, 600);
    assert.equal(parameters.ipLookupAttempts, 6);
    assert.equal(parameters.downloadTimeout, 60);
    assert.equal(parameters.downloadRetries, 9);
    assert.equal(parameters.downloadRetryInterval, 10);
    assert.equal(parameters.diskWaitAttempts, 10);
    assert.equal(parameters.tlsMinVersion, "TLSv1.2");
    assert.equal(parameters.tlsCurve, "P-384");
    assert.equal(parameters.tls, true);
    assert.equal(parameters.insecure, false);
    assert.equal(parameters.bootMac, null);
    assert.equal(parameters.inspectionUrl, null);
  });

  it("that cannot be understood are told and keep their defaults", () => {
    const { parameters, problems } = read("ipa-lookup-timeout=soon ipa-tls-min-version=1.0");
    assert.equal(parameters.lookupTimeout, 600);
    assert.equal(parameters.tlsMinVersion, "TLSv1.2");
    assert.equal(problems.length, 2);
    assert.match([...problems].sort().join(), /ipa-lookup-timeout=soon.*ipa-tls-min-version=1\.0/);
  });

  it("take a plain boot MAC and leave out what is none", () => {
    assert.equal(read("BOOTIF=52:54:00:ab:cd:ef").parameters.bootMac, "52:54:00:ab:cd:ef");
    assert.equal(read("BOOTIF=eth0").parameters.bootMac, null);
  });

  it("come from a file of lines, too", () => {
    const found = parseParameterFile("# comment\r\nipa-api-url=http://x:1\r\nipa-agent-token = abc=def\n\n");
    assert.deepEqual(
      [...found],
      [
        ["ipa-api-url", "http://x:1"],
        ["ipa-agent-token", "abc=def"],
      ],
    );
  });
});
