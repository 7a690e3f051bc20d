/** The console of a BMC's web pages: what its container is told, as a real Ironic 39 tells it. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import graphical from "../../../../drivers/redfish/graphical-console.ts";
import { ContainerEngine } from "../../../support/container-engine.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";
import { RfbServer } from "../../../support/rfb-server.ts";

const NODE = "7c5e9d2a-0000-4000-8000-000000000001";
const CASES: readonly (readonly [string, JsonObject, JsonObject])[] = [
  [
    "everything given",
    {
      redfish_address: "https://192.0.2.44:8443/own/redfish/v1/",
      redfish_username: "adm",
      redfish_password: "pw%1",
      redfish_verify_ca: false,
      redfish_system_id: "/redfish/v1/Systems/1",
      redfish_auth_type: "session",
    },
    {
      address: "https://192.0.2.44:8443",
      system_id: "/redfish/v1/Systems/1",
      username: "adm",
      password: "pw%1",
      verify_ca: false,
      auth_type: "session",
      node_uuid: NODE,
      root_prefix: "/own/redfish/v1",
    },
  ],
  [
    "an address alone",
    { redfish_address: "192.0.2.45" },
    {
      address: "https://192.0.2.45",
      system_id: null,
      username: null,
      password: null,
      verify_ca: true,
      auth_type: "auto",
      node_uuid: NODE,
    },
  ],
];

describe("console interface redfish-graphical", () => {
  for (const [what, driver_info, told] of CASES)
    it(`tells its container where the BMC is and how to log in: ${what}`, async () => {
      await using screen = await RfbServer.start();
      using engine = new ContainerEngine(screen.port);
      const vnc = { container_provider: "container", container_executable: engine.podman, console_image: "x" } as const;
      const made = graphical.make(testServices({ vnc }, { realTime: true }));
      const task = testTask({ driver_info, node: { uuid: NODE } });
      await made.start(task);
      const run = engine.calls().find(({ args }) => args[0] === "run");
      assert.deepEqual(JSON.parse(run?.appInfo ?? ""), told);
      assert.ok(run?.args.includes("APP=redfish-graphical"));
      await made.stop(task);
      assert.equal(engine.size, 0);
    });

  it("wants what a Redfish login wants", async () => {
    const made = graphical.make(testServices());
    await assert.rejects(made.validate(testTask()), /driver_info\/redfish_address is missing/);
  });
});
