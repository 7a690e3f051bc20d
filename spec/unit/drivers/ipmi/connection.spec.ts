/** Which driver_info an ipmitool interface takes, and what it says about the rest. */
import assert from "node:assert/strict";
import { InvalidParameterValue, MissingParameterValue } from "../../../../common/errors/request.ts";
import type { JsonObject } from "../../../../common/json.ts";
import { connectionOf } from "../../../../drivers/ipmi/connection.ts";
import { bridgeOptions, ipmitoolConnection } from "../../../../drivers/ipmi/ipmitool.ts";

const ADDRESS = { ipmi_address: "bmc.example.org" };

function refused(more: JsonObject): Error {
  try {
    connectionOf({ ...ADDRESS, ...more });
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail("it should have been refused");
}

describe("ipmi driver_info", () => {
  it("needs an address only", () => {
    const connection = connectionOf(ADDRESS);
    assert.equal(connection.port, 623);
    assert.equal(connection.privilege, "ADMINISTRATOR");
    assert.equal(connection.version, "2.0");
    assert.equal(connection.username, null);
    assert.equal(connection.password, "");
    for (const missing of [{}, { ipmi_address: "" }, { ipmi_address: null }])
      assert.throws(
        () => connectionOf(missing),
        (error) => MissingParameterValue.matches(error),
      );
  });

  it("takes numbers as text and as numbers", () => {
    assert.equal(connectionOf({ ...ADDRESS, ipmi_port: "6230" }).port, 6230);
    assert.equal(connectionOf({ ...ADDRESS, ipmi_port: 6230 }).port, 6230);
    assert.equal(connectionOf({ ...ADDRESS, ipmi_cipher_suite: 3 }).cipherSuite, "3");
  });

  it("names key, value and what it expects", () => {
    const cases: readonly (readonly [JsonObject, RegExp])[] = [
      [{ ipmi_port: "70000" }, /ipmi_port is "70000"; expected a port from 1 to 65535/],
      [{ ipmi_port: "6x" }, /ipmi_port is "6x"/],
      [{ ipmi_priv_level: "admin" }, /ipmi_priv_level is "admin"; expected one of ADMINISTRATOR, OPERATOR/],
      [{ ipmi_protocol_version: "3" }, /ipmi_protocol_version is "3"; expected one of 2.0, 1.5/],
      [{ ipmi_cipher_suite: "abc" }, /ipmi_cipher_suite is "abc"/],
      [{ ipmi_cipher_suite: "3", ipmi_protocol_version: "1.5" }, /no value with ipmi_protocol_version 1.5/],
      [{ ipmi_bridging: "triple" }, /ipmi_bridging is "triple"/],
      [
        { ipmi_bridging: "single", ipmi_target_channel: "x", ipmi_target_address: "0x20" },
        /ipmi_target_channel is "x"/,
      ],
      [{ ipmi_address: "-o plugin" }, /ipmi_address/],
      [{ ipmi_address: "host; reboot" }, /ipmi_address/],
    ];
    for (const [info, expected] of cases) {
      const error = refused(info);
      assert.ok(InvalidParameterValue.matches(error));
      assert.match(error.message, expected);
    }
  });

  it("never repeats a secret", () => {
    for (const secret of ["a-password-that-is-too-long", "line\nbreak"])
      assert.ok(!refused({ ipmi_password: secret }).message.includes(secret));
    for (const secret of ["zz", "123", "00".repeat(21)])
      assert.ok(!refused({ ipmi_hex_kg_key: secret }).message.includes(secret));
  });

  it("takes any 20 bytes of a Kg key, but hands ipmitool none that would have to be an argument", () => {
    const hex = `00610a0d${"ff".repeat(16)}`;
    const info = { ...ADDRESS, ipmi_hex_kg_key: hex };
    assert.equal(Buffer.from(connectionOf(info).kgKey ?? "", "latin1").toString("hex"), hex);
    assert.throws(() => ipmitoolConnection({ driver_info: info }), /use the interfaces `ipmi-native` for this node/);
    assert.equal(connectionOf({ ...ADDRESS, ipmi_hex_kg_key: `61${"00".repeat(19)}` }).kgKey, "a", "padding");
  });

  it("takes 20 bytes of password for IPMI 2.0 and 16 for 1.5", () => {
    assert.equal(connectionOf({ ...ADDRESS, ipmi_password: "x".repeat(20) }).password.length, 20);
    refused({ ipmi_password: "x".repeat(17), ipmi_protocol_version: "1.5" });
  });

  it("asks for what bridging needs, all at once, and passes it on", () => {
    assert.match(refused({ ipmi_bridging: "dual" }).message, /ipmi_target_channel, .*ipmi_transit_address missing/);
    const bridged = {
      ipmi_bridging: "dual",
      ipmi_local_address: "0x20",
      ipmi_target_channel: "7",
      ipmi_target_address: "0x72",
      ipmi_transit_channel: 0,
      ipmi_transit_address: "0x82",
    };
    const { bridge } = connectionOf({ ...ADDRESS, ...bridged });
    assert.deepEqual(bridge, {
      target: { channel: 7, address: 0x72 },
      transit: { channel: 0, address: 0x82 },
      localAddress: 0x20,
    });
    assert.deepEqual(bridgeOptions(bridge), ["-m", "0x20", "-b", "7", "-t", "0x72", "-B", "0", "-T", "0x82"]);
    assert.deepEqual(connectionOf({ ...ADDRESS, ...bridged, ipmi_bridging: "no" }).bridge, null);
    assert.match(refused({ ...bridged, ipmi_target_channel: "16" }).message, /ipmi_target_channel is "16".*at most 15/);
  });
});
