/** The same requests to a real Ironic and to ferric: status codes and bodies are the same. Left out without a PEER_VENV. */
import assert from "node:assert/strict";
import { peerVenv, startPeerIronic } from "../../support/peer-ironic.ts";
import { startConformanceServer } from "../conformance-server.ts";
import { compare, told } from "./compare.ts";
import { OUR_FLAGS, PEER_LINES } from "./settings.ts";
import { WALK } from "./walk.ts";

describe("side by side with a real Ironic", () => {
  it("ferric answers every request of the walk as it does", async function () {
    const { venv } = peerVenv();
    if (venv === null) return this.skip();
    this.timeout(30 * 60_000);
    await using server = await startConformanceServer(OUR_FLAGS);
    const peer = await startPeerIronic(venv, PEER_LINES);
    try {
      const { differences } = await compare(peer.url, server.url, WALK, () => {});
      assert.equal(differences.map(told).join("\n"), "");
    } finally {
      await peer.stop();
    }
  });
});
