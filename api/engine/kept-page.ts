/**
 * Lists as they go out: the texts of their records with commas between. Many clients ask for the same page, and a full
 * one is megabytes: the last ones are kept and sent again while every record in them is still the same.
 */
import type { KeptText } from "./kept-text.ts";

interface KeptPage {
  readonly collection: string;
  readonly texts: readonly KeptText[];
  readonly next: string | undefined;
  readonly json: Buffer;
}

/** Shorter lists are made as fast as they are found. */
const SHORTEST = 32;
const MOST_PAGES = 64;
const COMMA = Buffer.from(",");

export class PageKeeper {
  readonly #mostBytes: number;
  /** Least recently used first. */
  readonly #pages: KeptPage[] = [];

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** `{"nodes":[...],"next":"..."}` */
  listJson(collection: string, texts: readonly KeptText[], next: string | undefined): Buffer {
    if (texts.length < SHORTEST) return joined(collection, texts, next);
    const at = this.#pages.findIndex((page) => page.next === next && isOf(page, collection, texts));
    const [known] = at < 0 ? [] : this.#pages.splice(at, 1);
    const page = known ?? { collection, texts, next, json: joined(collection, texts, next) };
    this.#pages.push(page);
    this.#trim();
    return page.json;
  }

  #trim(): void {
    let bytes = 0;
    for (const { json } of this.#pages) bytes += json.length;
    while (bytes > this.#mostBytes || this.#pages.length > MOST_PAGES) bytes -= this.#pages.shift()?.json.length ?? 0;
  }
}

/** A record's text is one object as long as neither the record nor its projection is another. */
function isOf(page: KeptPage, collection: string, texts: readonly KeptText[]): boolean {
  if (page.collection !== collection || page.texts.length !== texts.length) return false;
  for (let at = 0; at < texts.length; at += 1) if (page.texts[at] !== texts[at]) return false;
  return true;
}

function joined(collection: string, texts: readonly KeptText[], next: string | undefined): Buffer {
  const parts: Buffer[] = [Buffer.from(`{${JSON.stringify(collection)}:[`)];
  for (const [at, { json }] of texts.entries()) {
    if (at > 0) parts.push(COMMA);
    parts.push(json);
  }
  parts.push(Buffer.from(next === undefined ? "]}" : `],"next":${JSON.stringify(next)}}`));
  return Buffer.concat(parts);
}
