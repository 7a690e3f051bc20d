/**
 * Reads and parses JSON bodies. Size and nesting are judged on the bytes, before any parsing. The content type does not
 * matter. Source: contract errors.json, request_body_rules.
 */
import type { IncomingMessage } from "node:http";
import { Invalid } from "../../common/errors/request.ts";
import { BodyRefused } from "../errors.ts";

/** By events, which cost half of what iterating over the stream does. @throws BodyRefused 413, at the latest after `limit` bytes; Error when the client leaves */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      // What is left stays unread; the socket lives on, for the refusal still has to be sent.
      request.off("data", take).pause();
      reject(tooLarge(limit));
    };
    request.on("data", take);
    const leave = () => reject(new Error("the client left before its body was whole"));
    request.once("end", () => {
      // Every request closes: the error is made, with its stack, for those only that were cut off.
      request.off("close", leave);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.once("error", reject);
    request.once("close", leave);
  });
}

function tooLarge(limit: number): BodyRefused {
  return new BodyRefused(413, `Request body is too large: at most ${limit} bytes are accepted here.`);
}

/** @throws BodyRefused 400 when nested deeper than `maxDepth`, Invalid when it is no JSON. An empty body is undefined. */
export function parseBody(bytes: Buffer, maxDepth: number): unknown {
  if (isBlank(bytes)) return undefined;
  const depth = depthOf(bytes, maxDepth);
  if (depth > maxDepth) {
    throw new BodyRefused(400, `Request body is nested too deeply: at most ${maxDepth} levels are accepted.`);
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw Invalid({ reason: `The request body is not valid JSON: ${error instanceof Error ? error.message : ""}` });
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length === 0 || bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Deepest nesting of objects and lists; stops counting once it exceeds `enough`. */
function depthOf(bytes: Buffer, enough: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < bytes.length && deepest <= enough; at++) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(byte)) depth--;
  }
  return deepest;
}
