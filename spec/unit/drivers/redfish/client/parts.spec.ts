/** Messages, fields, quirks and tasks of Redfish: what wrong answers become. */
import assert from "node:assert/strict";
import { Fields } from "../../../../../drivers/redfish/client/fields.ts";
import { inWords, messagesOf } from "../../../../../drivers/redfish/client/messages.ts";
import { QUIRK_RULES, quirksFor, vendorOf } from "../../../../../drivers/redfish/client/quirks.ts";
import { taskOf } from "../../../../../drivers/redfish/client/tasks.ts";

describe("messages of a BMC", () => {
  it("come from extended info, a bare object included, or from the error itself", () => {
    const one = { MessageId: "iLO.2.14.ResourceBeingFlashed" };
    assert.deepEqual(messagesOf({ error: { code: "x", "@Message.ExtendedInfo": one } }), [
      { id: "iLO.ResourceBeingFlashed", text: "iLO.ResourceBeingFlashed" },
    ]);
    assert.equal(
      inWords(messagesOf({ error: { code: "Base.1.0.GeneralError", message: "No\n way." } })),
      "No way (Base.GeneralError)",
    );
    assert.equal(inWords(messagesOf({ error: "nonsense" })), null);
    assert.equal(inWords(messagesOf(undefined)), null);
  });

  it("fill in what the BMC names by its arguments only", () => {
    const info = [{ MessageId: "Base.1.5.0.PropertyMissing", MessageArgs: ["Image"] }];
    assert.equal(
      inWords(messagesOf({ "@Message.ExtendedInfo": info })),
      "the property Image is missing (Base.PropertyMissing)",
    );
  });
});

describe("fields of a resource", () => {
  const fields = new Fields(
    {
      Number: "12",
      Huge: 1e308,
      Bool: "True",
      Text: "",
      One: { "@odata.id": "/a" },
      Bare: "/b",
      List: [{ "@odata.id": "/c" }, 7, null],
    },
    "/redfish/v1/X",
  );

  it("bear wrong types where that is harmless", () => {
    assert.equal(fields.number("Number"), 12);
    assert.equal(fields.number("Huge"), null, "more than any machine has");
    assert.equal(fields.boolean("Bool"), true);
    assert.equal(fields.text("Text"), null);
    assert.equal(fields.link("One"), "/a");
    assert.equal(fields.link("Bare"), "/b");
    assert.deepEqual(fields.links("List"), ["/c"]);
    assert.equal(fields.object("Number").text("Anything"), null);
  });

  it("name resource and field where they must be there", () => {
    assert.throws(
      () => fields.object("Boot").needText("Mode"),
      /^RedfishError: \/redfish\/v1\/X: Boot\/Mode is missing; expected a text$/,
    );
    assert.throws(() => fields.needLink("Number"), /X: Number is "12"; expected a link/);
  });
});

describe("quirks", () => {
  it("are found by vendor, model and firmware", () => {
    const of = (vendor: string, model: string | null, firmware: string | null) =>
      quirksFor({ vendor, model, firmware });
    assert.equal(of("hpe", null, "iLO 5 v2.78").softOff, "PushPowerButton");
    assert.equal(of("hpe", null, "iLO 6 v1.50").softOff, "GracefulShutdown");
    assert.equal(of("supermicro", "SYS-1029-X11DPU", null).cdTarget, "UsbCd");
    assert.equal(of("dell", "R640", "3.30.30.30").expand, false);
    assert.equal(of("dell", "R640", "6.10.30.00").expand, true);
    assert.equal(quirksFor({ vendor: null, model: null, firmware: null }).bootWithMode, false);
  });

  it("know vendors by the names that they give themselves", () => {
    const root = (json: Record<string, string | object>) => new Fields(json as never, "/redfish/v1/");
    assert.equal(vendorOf(root({ Vendor: "Hewlett Packard Enterprise" })), "hpe");
    assert.equal(vendorOf(root({ Oem: { Supermicro: {} } })), "supermicro");
    assert.equal(vendorOf(root({}), root({ Manufacturer: "Dell Inc." })), "dell");
    assert.equal(vendorOf(root({ Vendor: "Acme" })), null);
  });

  it("are all marked as unproven, with a reason", () => {
    for (const { proof, why } of QUIRK_RULES) assert.ok(proof === "unproven on hardware" && why.length > 10);
    const vendors = new Set(QUIRK_RULES.map(({ vendor }) => vendor));
    for (const vendor of ["dell", "hpe", "lenovo", "supermicro", "huawei", "inspur"])
      assert.ok(vendors.has(vendor), vendor);
  });
});

describe("tasks of a BMC", () => {
  it("are known by monitor, by Task, or not at all", () => {
    const task = { "@odata.type": "#Task.v1_4_0.Task", "@odata.id": "/t/1" };
    assert.deepEqual(taskOf({ status: 202, location: "/m/1", body: task }), { monitor: "/m/1", task: "/t/1" });
    assert.deepEqual(taskOf({ status: 202, location: null, body: { ...task, TaskMonitor: "/m/2" } }), {
      monitor: "/m/2",
      task: "/t/1",
    });
    assert.equal(taskOf({ status: 202, location: null, body: null }), null);
    assert.equal(taskOf({ status: 204, location: "/m/1", body: null }), null);
    const late = { status: 204, location: "/redfish/v1/TaskService/Tasks/42", body: null };
    assert.deepEqual(taskOf(late), { monitor: late.location, task: null });
  });
});
