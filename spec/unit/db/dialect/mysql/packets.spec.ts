/** What MariaDB takes in one packet is known before it is sent: it would only close the connection. */
import { DatabaseValueTooLarge } from "../../../../../common/errors/database.ts";
import { newNode, onEachServer } from "../../support/databases.ts";
import { refusedWith } from "../../support/faults.ts";

onEachServer("values larger than a packet", (databases) => {
  it("are refused with 413 where there is such a limit, and leave nothing behind", async function () {
    if (databases.kind !== "mariadb") this.skip();
    const { nodes, inventory } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const data = { inventory: { long: "x".repeat(17 * 1024 * 1024) }, plugin_data: {} };
    await refusedWith(inventory.put(uuid, data), DatabaseValueTooLarge, "max_allowed_packet");
    await inventory.put(uuid, { inventory: { short: true }, plugin_data: {} });
  });
});
