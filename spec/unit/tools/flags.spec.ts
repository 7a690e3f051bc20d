/** Flags of the service commands. */
import assert from "node:assert/strict";
import { parseFlags, UsageError } from "../../../tools/flags.ts";

const settings = (...argv: string[]) =>
  parseFlags(argv).settings.map(({ section, option, raw }) => `${section}.${option}=${raw}`);

describe("flags", () => {
  it("set any option by --section-option, --set and the short names", () => {
    assert.deepEqual(settings("--api-max-limit", "5", "--set", "pxe.image_cache_ttl=1=2", "--default-debug=true"), [
      "DEFAULT.debug=true",
      "api.max_limit=5",
      "pxe.image_cache_ttl=1=2",
    ]);
    assert.deepEqual(settings("--port", "1", "--host", "::1", "--data", "/d"), [
      "api.port=1",
      "api.host_ip=::1",
      "DEFAULT.state_path=/d",
    ]);
  });

  it("take files in their order, a command's own flags, and what remains", () => {
    const flags = parseFlags(["upgrade", "--config-file", "a", "--config-file", "b", "--servers", "3"], ["servers"]);
    assert.deepEqual(flags.files, ["a", "b"]);
    assert.deepEqual(flags.own, { servers: "3" });
    assert.deepEqual(flags.positionals, ["upgrade"]);
    assert.deepEqual(parseFlags(["--config", "c"]).files, ["c"]);
  });

  it("are refused in words when they are not understood, without repeating a value", () => {
    assert.throws(
      () => parseFlags(["--api-prot", "1"]),
      (error) => error instanceof UsageError && /--api-prot/.test(error.message),
    );
    assert.throws(() => parseFlags(["--port"]), UsageError);
    assert.throws(() => parseFlags(["--servers", "3"]), UsageError);
    assert.throws(
      () => parseFlags(["--set", "database.Connection=secret"]),
      (error) => error instanceof UsageError && !error.message.includes("secret"),
    );
  });
});
