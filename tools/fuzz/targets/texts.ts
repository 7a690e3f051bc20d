/** Texts of others that end up somewhere delicate: kernel parameters, image URLs, agents' addresses, LLDP, configuration files. */

import { parseIni } from "../../../common/config/ini.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import { checkHost, parseImageUrl, showUrl } from "../../../common/image-access.ts";
import { neighbours } from "../../../drivers/agent/lldp.ts";
import { grubConfig, ipxeScript, pxelinuxConfig } from "../../../drivers/pxe/boot-files.ts";
import { parseKernelParams } from "../../../drivers/pxe/kernel-params.ts";
import { parseCommandLine, parseParameterFile, readParameters } from "../../../ipa-agent/parameters.ts";
import { mutatedJson } from "../json-mutation.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const isRefusal = (error: unknown) => error instanceof FerricError && error.code === 400;
const base = "http://10.1.0.1:8080/boot/0123456789abcdef";
const LINES = [ipxeScript, pxelinuxConfig, grubConfig].map((write) => write({ base, params: [] }).split("\n").length);

const kernelParams: Target = {
  name: "kernel parameters",
  what: "drivers/pxe: kernel_append_params parsed, written to iPXE, pxelinux and GRUB",
  seeds: [
    "nofb nomodeset",
    'a="b c" d=e',
    ["x=$", "{net0/ip}"].join(""),
    "a\nboot",
    "root_device=serial=1 systemd.mask=x",
    "a=$(reboot) b='c'",
    'q="',
  ].map((text) => Buffer.from(text)),
  words: [
    "\n",
    "\r",
    "${",
    "}",
    '"',
    "'",
    ";",
    "|",
    "||",
    "&&",
    "`",
    "\\",
    "\0",
    "goto ",
    "chain http://",
    "\u2028",
    "=",
    " ",
    "\t",
  ],
  run(input) {
    const text = input.toString("utf8");
    const params = unlessRefused(() => parseKernelParams(text, "kernel_append_params"), isRefusal);
    if (params === undefined) return;
    for (const [at, write] of [ipxeScript, pxelinuxConfig, grubConfig].entries()) {
      const file = unlessRefused(() => write({ base, params }), isRefusal);
      if (file === undefined) continue;
      hold(file.split("\n").length === LINES[at], "another line in the boot file");
      hold(/^[\x20-\x7e\n]*$/.test(file), "a character that is not printable ASCII in the boot file");
      if (write === ipxeScript)
        hold(file.replace(/\$\{(mac:hexhyp|tries)\}/g, "").includes("${") === false, "a variable of iPXE's");
    }
    // What the agent reads again is what was meant.
    const line = params.map(({ name, value }) =>
      value === null ? name : `${name}=${value.includes(" ") ? `"${value}"` : value}`,
    );
    const read = parseCommandLine(line.join(" "));
    for (const { name, value } of params.filter((one) => !one.name.startsWith("ipa")))
      hold(
        read.has(name) && (read.get(name) === (value ?? "") || params.filter((one) => one.name === name).length > 1),
        `${name} is read otherwise`,
      );
  },
};

const commandLine: Target = {
  name: "agent's command line",
  what: "ipa-agent/parameters.ts: command line and parameter file, read as settings",
  seeds: [
    "ipa-api-url=http://10.1.0.1:6385 BOOTIF=01-52-54-00-00-00-01",
    "ipa-tls-min-version=1.2 ipa-debug",
    "ipa-tls-min-version=constructor ipa-tls-certificate-curve=valueof",
    "# a\nipa-agent-token=x",
  ].map((text) => Buffer.from(text)),
  words: [
    "ipa-tls-min-version=",
    "ipa-tls-certificate-curve=",
    "ipa-listen-port=",
    "BOOTIF=",
    "constructor",
    "__proto__",
    '"',
    "\n",
    "=",
    "1.3",
    "p384",
  ],
  run(input) {
    const text = input.toString("utf8");
    for (const raw of [parseCommandLine(text), parseParameterFile(text)]) {
      const { parameters } = readParameters(raw);
      hold(
        ["TLSv1.2", "TLSv1.3"].includes(parameters.tlsMinVersion),
        `TLS version ${String(parameters.tlsMinVersion)}`,
      );
      hold(["P-256", "P-384", "P-521"].includes(parameters.tlsCurve), `curve ${String(parameters.tlsCurve)}`);
      hold(
        parameters.bootMac === null || /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(parameters.bootMac),
        "a MAC that is none",
      );
      for (const value of Object.values(parameters))
        hold(typeof value !== "number" || (Number.isFinite(value) && value >= 0), "a number that is none");
    }
  },
};

const imageUrl: Target = {
  name: "image URL",
  what: "common/image-access.ts: scheme and address of images, checksums and config drives",
  seeds: [
    "http://h/a",
    "https://u:pw@h:1/a?key=pw",
    "file:///srv/a",
    "http://169.254.169.254/x",
    "http://[::ffff:7f00:1]/",
    "http://0x7f.1/",
  ].map((text) => Buffer.from(text)),
  words: [
    "http://",
    "https://",
    "file://",
    "@",
    "#",
    "?",
    "%2e",
    "%00",
    "[",
    "]",
    "127.0.0.1",
    "localhost",
    ".",
    "0x",
    "::",
    "ffff:",
    "a9fe",
  ],
  run(input) {
    const text = input.toString("utf8");
    hold(!/pw@/.test(showUrl(text).split(/[/?#]/, 3).join("")), "credentials are shown");
    const url = unlessRefused(() => parseImageUrl(text, "image"), isRefusal);
    if (url === undefined || url.protocol === "file:") return;
    const judge = () => {
      checkHost(url, url, { allowLocal: false, folders: [] });
      return true;
    };
    const passed = unlessRefused(judge, (error) => error instanceof FerricError);
    if (passed)
      hold(!/^((127|0|169\.254)(\.\d+)+|\[::1?\]|localhost\.?)$/.test(url.hostname), `${url.hostname} passed`);
  },
};

const lldp: Target = {
  name: "LLDP",
  what: "drivers/agent/lldp.ts: what switches say of themselves",
  seeds: [
    JSON.stringify({
      eth0: [
        [1, "04112233445566"],
        [2, "05657468302f31"],
        [5, "73776974636800"],
        [6, "ff"],
      ],
    }),
  ].map((text) => Buffer.from(text)),
  words: ["[1,", '"04', "00", "ff".repeat(300), "null", "-1"],
  mutate(input, random) {
    const text = mutatedJson(input.toString("utf8"), random);
    return text === null ? null : Buffer.from(text);
  },
  run(input) {
    let lldp_raw: never;
    try {
      lldp_raw = JSON.parse(input.toString("utf8")) as never;
    } catch {
      return;
    }
    const found = neighbours({
      inventory: { interfaces: [{ name: "eth1", lldp: lldp_raw }] },
      plugin: { lldp_raw },
    } as never);
    for (const neighbour of Object.values(found))
      for (const value of Object.values(neighbour))
        hold(typeof value === "string" && value !== "" && !value.includes("\0"), "a text that is none");
  },
};

const ini: Target = {
  name: "configuration file",
  what: "common/config/ini.ts: oslo.config's syntax",
  seeds: ["[DEFAULT]\nauth_strategy = noauth\n# c\n[api]\nport: 1\n  2\n", "[a]\nb = 'c'\n"].map((text) =>
    Buffer.from(text),
  ),
  words: ["[", "]", "=", ":", "\n", "\n ", "\r\n", "#", ";", '"', "\ufeff", "[__proto__]\n"],
  run(input) {
    const { entries, faults } = parseIni(input.toString("utf8"));
    const lines = input.toString("utf8").split(/\r?\n/).length;
    for (const { line } of [...entries, ...faults]) hold(line >= 1 && line <= lines, "a line that is not there");
  },
};

export const textTargets: readonly TargetKind[] = [kernelParams, commandLine, imageUrl, lldp, ini].map((target) => ({
  name: target.name,
  open: () => target,
}));
