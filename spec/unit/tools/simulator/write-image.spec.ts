/** A simulated agent's download: given up when its server takes the question and says nothing, at whatever point. */
import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import { writeImage } from "../../../../tools/simulator/agent/write-image.ts";
import { listening } from "../../../support/loopback.ts";

describe("image of a simulated deploy", () => {
  let server: Server;
  let answer: (path: string, response: ServerResponse) => void;
  let base: string;

  beforeEach(async () => {
    server = createServer((request, response) => answer(request.url ?? "", response));
    base = `http://127.0.0.1:${await listening(server)}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const write = (info = {}) => {
    const writing = { leastMs: 0, stallMs: 200, signal: new AbortController().signal, progress: () => {} };
    return writeImage({ urls: [`${base}/image`], ...info }, writing);
  };

  it("is not waited for where its server is silent: before its head, behind it, or about its checksum", async () => {
    answer = () => {};
    await assert.rejects(write(), /Image could not be written: .*the download stalled/);
    answer = (_, response) => response.writeHead(200, { "content-length": 10 }).write("12345");
    await assert.rejects(write(), /Image could not be written: .*the download stalled/);
    answer = (path, response) => {
      if (path === "/image") response.end("1");
    };
    await assert.rejects(write({ checksum: `${base}/sums` }), /Image could not be written: .*timeout/);
  });

  it("has its bytes counted where all is well", async () => {
    answer = (_, response) => response.end("12345");
    assert.equal(await write(), 5);
    await assert.rejects(write({ checksum: "00" }), /checksum .* is not the expected 00/);
  });
});
