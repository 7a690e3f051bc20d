/** driver_info made a connection: what it takes, what it refuses and how it says so. */
import assert from "node:assert/strict";
import { defaultConfig } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import { redfishConnectionOf } from "../../../../drivers/redfish/connection.ts";

const of = (info: JsonObject) => redfishConnectionOf({ redfish_address: "https://bmc", ...info }, defaultConfig());

describe("connection by Redfish", () => {
  it("takes https where no scheme is given, and a path as the service root", () => {
    const { origin, root, tls } = of({ redfish_address: "10.0.0.2:8443" });
    assert.deepEqual([origin, root, tls], ["https://10.0.0.2:8443", "/redfish/v1/", {}]);
    assert.equal(of({ redfish_address: "http://bmc/api/redfish/v1" }).root, "/api/redfish/v1");
  });

  it("has TLS as the node says", () => {
    const { tls } = of({ redfish_verify_ca: "False", redfish_tls_minimum_version: "1.3", redfish_tls_ciphers: "HIGH" });
    assert.deepEqual(tls, { rejectUnauthorized: false, minVersion: "TLSv1.3", ciphers: "HIGH" });
  });

  const REFUSED: readonly (readonly [JsonObject, RegExp])[] = [
    [{ redfish_address: "" }, /redfish_address is missing/],
    [{ redfish_address: "ftp://bmc" }, /redfish_address is "ftp:\/\/bmc"/],
    [{ redfish_address: "https://root:calvin@bmc" }, /has a login in it/],
    [{ redfish_system_id: "1" }, /redfish_system_id is "1"; expected a path/],
    [{ redfish_auth_type: "digest" }, /redfish_auth_type is "digest"; expected one of basic, session, auto/],
    [{ redfish_username: "root" }, /redfish_password is missing/],
    [{ redfish_tls_minimum_version: "1.0" }, /redfish_tls_minimum_version is "1.0"/],
    [{ redfish_verify_ca: "/no/such/file" }, /redfish_verify_ca names "\/no\/such\/file", which cannot be read/],
    [{ firmware_update_unresponsive_bmc_wait: "soon" }, /expected a number of seconds/],
  ];
  for (const [info, expected] of REFUSED)
    it(`refuses ${JSON.stringify(info)}`, () => {
      assert.throws(
        () => of(info),
        (error: Error) => expected.test(error.message) && !error.message.includes("calvin"),
      );
    });
});
