/** Lines of the log: JSON with bindings, secrets masked wherever they stand. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { createLogger, type LogLevel } from "../../../common/log.ts";
import { MASK } from "../../../common/secrets.ts";

const CANARY = "canary-c1f7";

class Sink extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}

function logTo(level: LogLevel = "debug") {
  const stream = new Sink();
  return { stream, log: createLogger({ level, stream }) };
}

describe("log", () => {
  it("writes one JSON object a line, with request id and node of the bindings", () => {
    const { stream, log } = logTo();
    log.child({ request_id: "req-1" }).child({ node: "n1" }).info({ seconds: 2 }, "deployed");
    const [line] = stream.lines;
    assert.equal(line?.level, "info");
    assert.equal(line?.msg, "deployed");
    assert.deepEqual([line?.request_id, line?.node, line?.seconds], ["req-1", "n1", 2]);
    assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT/);
  });

  it("leaves out what is below its level", () => {
    const { stream, log } = logTo("warn");
    log.info({}, "no");
    log.warn({}, "yes");
    assert.deepEqual(
      stream.lines.map((line) => line.msg),
      ["yes"],
    );
  });

  it("masks secrets in details, bindings, lists, errors and URLs", () => {
    const { stream, log } = logTo();
    const error = Object.assign(new Error(`connect to http://admin:${CANARY}@bmc`), { password: CANARY });
    log.child({ ipmi_password: CANARY }).error({ error }, "failed");
    log.info({ driver_info: { redfish_password: CANARY, list: [{ agent_token: CANARY }] } }, "node");
    log.info({ url: new URL(`https://user:${CANARY}@images/x.qcow2`) }, "image");
    assert.doesNotMatch(stream.text, new RegExp(CANARY));
    assert.ok(stream.text.includes(MASK));
  });

  it("tells an error's kind, text, stack and cause", () => {
    const { stream, log } = logTo();
    log.error({ error: new TypeError("outer", { cause: new Error("inner") }) }, "failed");
    const error = stream.lines[0]?.error as {
      type: string;
      message: string;
      stack: string;
      cause: { message: string };
    };
    assert.deepEqual([error.type, error.message, error.cause.message], ["TypeError", "outer", "inner"]);
    assert.match(error.stack, /log\.spec/);
  });

  it("survives cycles, buffers and big numbers", () => {
    const { stream, log } = logTo();
    const loop: Record<string, unknown> = { name: "loop", bytes: Buffer.alloc(10), count: 10n ** 20n };
    loop.self = loop;
    log.info({ loop }, "odd");
    assert.equal(stream.lines.length, 1);
    assert.match(stream.text, /\(10 bytes\)/);
  });
});
