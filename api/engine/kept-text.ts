/**
 * Records as they stand in answers, kept as bytes: by projection and what else the text depends on, then by id and
 * version of the row. Whether one is still right is asked of the database with each request (see Keeper), so a change by
 * any path, in this process or another, is seen by the next answer. Bounded in bytes.
 */
import type { Keeper, Kept } from "../../db/contract.ts";
import type { Projection, View } from "./resource.ts";

export interface KeptText extends Kept {
  readonly version: number;
  readonly json: Buffer;
}

/** All texts of one projection for one base address and one set of hidden fields. */
interface Shelf {
  readonly texts: Map<number, KeptText>;
  /** The conductors that the texts name nodes to be served by. */
  conductors: object;
  bytes: number;
  /** Texts that found no room since the shelf was cleared. */
  turnedAway: number;
  /** Requests that still hold it put nothing more in. */
  dropped: boolean;
}

/** What an entry costs besides its text. */
const ENTRY_BYTES = 200;
const MOST_SHELVES = 100;

export class TextKeeper {
  readonly #mostBytes: number;
  /** Least recently used first. */
  readonly #shelves = new Map<string, Shelf>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keeperOf<R extends { readonly id: number; readonly uuid: string }>(
    projection: Projection<R>,
    view: View,
  ): Keeper<R, KeptText> {
    const shelf = this.#shelf(projection, view);
    const { columns } = view.hiding === null ? projection : (projection.hidden ?? projection);
    return {
      reading: columns === null ? {} : { fields: columns },
      known(id, version) {
        const text = shelf.texts.get(id);
        return text?.version === version ? text : undefined;
      },
      keep: (record, version) => {
        const json = Buffer.from(JSON.stringify(projection.render(record, view)));
        const text = { uuid: record.uuid, version, json };
        this.#put(shelf, record.id, text);
        return text;
      },
    };
  }

  #shelf<R>(projection: Projection<R>, view: View): Shelf {
    const hiding = projection.hidden === null ? "" : (view.hiding?.key ?? "");
    const key = `${projection.number} ${view.base} ${hiding}`;
    const known = this.#shelves.get(key);
    const shelf = known ?? { texts: new Map(), conductors: view.conductors, bytes: 0, turnedAway: 0, dropped: false };
    if (shelf.conductors !== view.conductors) {
      this.#clear(shelf);
      shelf.conductors = view.conductors;
    }
    this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    if (this.#shelves.size > MOST_SHELVES) this.#dropOldest();
    return shelf;
  }

  #put(shelf: Shelf, id: number, text: KeptText): void {
    if (shelf.dropped) return;
    const before = shelf.texts.get(id);
    const more = text.json.length + (before === undefined ? ENTRY_BYTES : -before.json.length);
    while (this.#bytes + more > this.#mostBytes && this.#shelves.size > 1) this.#dropOldest();
    if (shelf.dropped || this.#bytes + more > this.#mostBytes) {
      this.#turnAway(shelf);
      return;
    }
    shelf.texts.set(id, text);
    shelf.bytes += more;
    this.#bytes += more;
  }

  /** Texts of nodes that are gone would fill the shelf for ever. */
  #turnAway(shelf: Shelf): void {
    shelf.turnedAway += 1;
    if (shelf.turnedAway > 2 * shelf.texts.size) this.#clear(shelf);
  }

  #clear(shelf: Shelf): void {
    this.#bytes -= shelf.bytes;
    shelf.texts.clear();
    shelf.bytes = 0;
    shelf.turnedAway = 0;
  }

  #dropOldest(): void {
    const [oldest] = this.#shelves;
    if (oldest === undefined) return;
    this.#clear(oldest[1]);
    oldest[1].dropped = true;
    this.#shelves.delete(oldest[0]);
  }
}
