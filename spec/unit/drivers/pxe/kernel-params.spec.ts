/** The grammar of kernel parameters: what operators need fits, what a boot program would take for a command does not. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ipxeScript } from "../../../../drivers/pxe/boot-files.ts";
import { commandLine, MAX_COMMAND_LINE, parseKernelParams } from "../../../../drivers/pxe/kernel-params.ts";

const line = (text: string) => commandLine(parseKernelParams(text, "driver_info kernel_append_params"));

describe("kernel parameters", () => {
  for (const text of [
    "nofb vga=normal",
    "console=ttyS0,115200n8 console=tty0",
    "ip=[fe80::1]:::64::eth0:off rd.debug -- systemd.unit=rescue.target",
    "crashkernel=512M-2G:64M,2G-:128M memmap=4G$8G",
    "url=http://h:80/a?b=c&d=%20~x",
    'sshkey="ssh-ed25519 AAAA user@host"',
    "module_blacklist=a,b nosmt=force",
  ]) {
    it(`may be: ${text}`, () => {
      assert.equal(line(text), text);
    });
  }

  it("may stand in any number of blanks", () => {
    assert.equal(line("  a   b=1  "), "a b=1");
    assert.equal(line(""), "");
  });

  for (const [what, text] of [
    ["a newline", "a\nboot"],
    ["a carriage return", "a\rboot"],
    ["a NUL", "a\0b"],
    ["a tab", "a\tb"],
    ["a variable of iPXE", `a=\${net0/mac}`],
    ["a semicolon", "a=1;reboot"],
    ["a backtick", "a=`x`"],
    ["a backslash", "a=\\n"],
    ["a single quote", "a='b'"],
    ["a pipe", "a || shell"],
    ["two ampersands as a word", "a && shell"],
    ["a comment", "a #b"],
    ["braces", "a={x}"],
    ["a redirection", "a=>x"],
    ["a quote in the middle", 'a=b"c d"'],
    ["an open quote", 'a="b'],
    ["letters beyond ASCII", "a=ü"],
    ["a line separator", "a=b\u2028c"],
  ] as const) {
    it(`may not have ${what}`, () => {
      assert.throws(() => line(text), /driver_info kernel_append_params has/);
    });
  }

  it("may not be longer than kernels take", () => {
    assert.throws(() => line(`a=${"x".repeat(MAX_COMMAND_LINE)}`), /at most 1900/);
  });

  it("never add a line or a variable to a boot script, whatever they are", () => {
    const base = "http://192.0.2.1:8080/boot/T";
    const lines = (params: Parameters<typeof ipxeScript>[0]["params"]) =>
      ipxeScript({ base, params }).split("\n").length;
    const plain = lines([]);
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.string({ unit: "binary", maxLength: 40 }),
        (name, value) => {
          try {
            const script = ipxeScript({ base, params: [{ name, value }] });
            assert.equal(script.split(/\r\n|[\n\r\u2028]/).length, plain);
            assert.equal(script.split(`\${`).length, ipxeScript({ base, params: [] }).split(`\${`).length);
          } catch (error) {
            assert.match(String(error), /InvalidParameterValue/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
