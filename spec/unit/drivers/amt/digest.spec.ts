/** Digest authentication against the examples of the specification. */
import assert from "node:assert/strict";
import { authorization, challengeOf } from "../../../../drivers/amt/client/digest.ts";
import { elementText, soapFault } from "../../../../drivers/amt/client/envelope.ts";

/** RFC 7616, 3.9.1. */
const OFFERED =
  'realm="http-auth@example.org", qop="auth, auth-int", algorithm=ALGORITHM, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const LOGIN = { username: "Mufasa", password: "Circle of Life" };
const ASKED = {
  method: "GET",
  uri: "/dir/index.html",
  count: 1,
  clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

describe("HTTP digest of the AMT client", () => {
  for (const [algorithm, response] of [
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ] as const)
    it(`answers the specification's example of ${algorithm}`, () => {
      const challenge = challengeOf(`Digest ${OFFERED.replace("ALGORITHM", algorithm)}`);
      assert.ok(challenge);
      const header = authorization(challenge, LOGIN, ASKED);
      assert.match(header, new RegExp(`response="${response}"`));
      assert.match(header, /nc=00000001/);
      assert.ok(!header.includes(LOGIN.password));
    });

  it("finds the digest among others, and answers nothing weaker", () => {
    assert.equal(challengeOf('Basic realm="x", Digest realm="y", nonce="n", qop="auth"')?.realm, "y");
    assert.equal(challengeOf('Digest realm="y", nonce="n", qop="auth"')?.algorithm, "MD5");
    for (const header of [
      "",
      'Basic realm="x"',
      'Digest realm="y"',
      'Digest realm="y", nonce="n"',
      'Digest realm="y", nonce="n", qop="auth", algorithm=MD4',
    ])
      assert.equal(challengeOf(header), null, header);
  });
});

describe("answers of WS-Management", () => {
  it("are read whatever the prefix", () => {
    assert.equal(elementText("<x:A><PowerState>2</PowerState></x:A>", "PowerState"), "2");
    assert.equal(elementText('<q:PowerState  n="1"> 8 </q:PowerState>', "PowerState"), "8");
    assert.equal(elementText("<q:PowerStates>8</q:PowerStates>", "PowerState"), null);
    assert.equal(soapFault("<s:Fault><s:Text>no</s:Text></s:Fault>"), "no");
    assert.equal(soapFault("<s:Default>no</s:Default>"), null);
  });
});
