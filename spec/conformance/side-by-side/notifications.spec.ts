/**
 * A real Ironic notifies of the walk as recorded (FERRIC_RESULTS=1 records it anew); the unit test compares ferric with the
 * recording. Left out without a PEER_VENV.
 */
import assert from "node:assert/strict";
import { walkNotified } from "../../support/notified-walk.ts";
import { peerVenv, startPeerIronic } from "../../support/peer-ironic.ts";
import { loggedNotifications, type Notified, record, recordedNotifications } from "../../support/peer-notifications.ts";

const LINES = `
[DEFAULT]
notification_level = debug
enabled_console_interfaces = fake, no-console
[oslo_messaging_notifications]
driver = log
`;

describe("notifications of a real Ironic", () => {
  it("are those that ferric is compared with", async function () {
    const { venv } = peerVenv();
    if (venv === null) return this.skip();
    this.timeout(5 * 60_000);
    const peer = await startPeerIronic(venv, LINES);
    try {
      await walkNotified(peer.url);
      const heard = loggedNotifications(await peer.log());
      if (process.env.FERRIC_RESULTS === "1") record(heard);
      // How often it tells of a change of state depends on who comes first, so kinds are compared.
      const kinds = (all: readonly Notified[]) => [...new Set(all.map(shape))].sort();
      assert.deepEqual(kinds(heard), kinds(recordedNotifications()));
    } finally {
      await peer.stop();
    }
  });
});

function shape({ from, event, priority, payload }: Notified): string {
  const { "ironic_object.data": data, ...about } = payload;
  return JSON.stringify([from, event, priority, about, Object.keys(data ?? {}).sort()]);
}
