import assert from "node:assert/strict";
import { candidatesOf, inPool, parsePool } from "../../../../boot/dhcp/pools.ts";
import { ip } from "./packets.ts";

const nobody = () => false;

describe("an address pool", () => {
  it("has a range, a network and perhaps a gateway", () => {
    const pool = parsePool("10.77.0.100-10.77.0.199/24@10.77.0.1");
    assert.deepEqual([pool.first, pool.last, pool.gateway], [ip("10.77.0.100"), ip("10.77.0.199"), ip("10.77.0.1")]);
    assert.ok(inPool(pool, ip("10.77.0.150")) && !inPool(pool, ip("10.77.0.99")));
    assert.equal(parsePool("10.0.0.1-10.0.0.9/24").gateway, null);
  });

  it("is refused by name when it makes no sense", () => {
    const wrong: [string, RegExp][] = [
      ["10.0.0.1", /"10\.0\.0\.1": not a range/],
      ["10.0.0.9-10.0.0.1/24", /last address is below the first/],
      ["10.0.0.1-10.0.1.1/24", /not in one network/],
      ["10.0.0.1-10.0.0.9/0", /prefix 0/],
      ["10.0.0.1-10.0.0.9/24@10.9.9.9", /gateway "10\.9\.9\.9"/],
      ["fd00::1-fd00::9/64", /IPv4/],
    ];
    for (const [text, why] of wrong) assert.throws(() => parsePool(text), why);
  });

  it("offers each address once, never network, broadcast, gateway or what is avoided", () => {
    const pool = parsePool("10.0.0.0-10.0.0.7/29@10.0.0.1");
    const all = [...candidatesOf(pool, "52:54:00:00:00:01", (address) => address === "10.0.0.4")];
    assert.deepEqual(all.sort(), ["10.0.0.2", "10.0.0.3", "10.0.0.5", "10.0.0.6"]);
  });

  it("starts at the machine's own place, so that it gets the same address again", () => {
    const pool = parsePool("10.0.0.10-10.0.0.200/24");
    const first = (mac: string) => candidatesOf(pool, mac, nobody).next().value;
    assert.equal(first("52:54:00:00:00:01"), first("52:54:00:00:00:01"));
    const places = new Set(Array.from({ length: 20 }, (_, at) => first(`52:54:00:00:00:${at + 10}`)));
    assert.ok(places.size > 10);
  });
});
