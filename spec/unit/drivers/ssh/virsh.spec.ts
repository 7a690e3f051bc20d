/** The words for virsh, said to the real one: libvirt's test driver needs no daemon and forgets everything at its end. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionWithBoot } from "../../../../drivers/ssh/definition.ts";
import { shellText } from "../../../../drivers/ssh/quote.ts";
import { type Command, filled, VIRT_TYPES } from "../../../../drivers/ssh/virt-types.ts";

const NAME = `lab's "vm"; $(id) & é`;
const domain = (
  name: string,
  runState: number,
) => `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
  <name>${name.replaceAll("&", "&amp;")}</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193${runState}</uuid><memory>1024</memory><os><type>hvm</type><boot dev='hd'/></os>
  <test:runstate>${runState}</test:runstate></domain>`;

describe("virt type virsh with libvirt's own virsh", () => {
  const folder = mkdtempSync(join(tmpdir(), "ferric-libvirt-"));
  const uri = `test://${join(folder, "host.xml")}`;
  const { virsh } = VIRT_TYPES;
  assert.ok(virsh?.boot?.by === "definition");
  const { read, define } = virsh.boot;

  before(function () {
    if (spawnSync("which", ["virsh"]).status !== 0) this.skip();
    writeFileSync(join(folder, "host.xml"), `<node>${domain(NAME, 5)}${domain("running-vm", 1)}</node>`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const say = (command: Command, name: string, input = "") =>
    execFileSync("/bin/sh", ["-c", shellText(filled(command, { name, uri }))], {
      input,
      encoding: "utf8",
      stdio: "pipe",
    });

  it("tells a state that is known for either", () => {
    const off = say(virsh.state, NAME);
    const on = say(virsh.state, "running-vm");
    assert.ok(
      virsh.says.off.some((word) => off.includes(word)) && !virsh.says.on.some((word) => off.includes(word)),
      off,
    );
    assert.ok(virsh.says.on.some((word) => on.includes(word)) && !virsh.says.off.some((word) => on.includes(word)), on);
  });

  it("takes the words for on, off and soft off", () => {
    assert.match(say(virsh.on, NAME), /started/);
    assert.match(say(virsh.off, "running-vm"), /destroyed/);
    assert.match(say(virsh.soft ?? [], "running-vm"), /shutdown/);
    assert.throws(() => say(virsh.on, "running-vm"), /already active/);
  });

  it("takes back its own definition with another boot order", () => {
    const changed = definitionWithBoot(say(read, NAME), "network");
    assert.match(say(define, NAME, changed), /defined from \/dev\/stdin/);
    assert.match(changed, /<boot dev='network'\/>/);
  });
});
