/** Prints the story of one server: a line that moves on a terminal, a line every quarter elsewhere. */
import type { FerricEvent } from "../../common/events.ts";
import { lineOf } from "./story.ts";

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const QUARTERS = 4;
const CLEAR_LINE = "\r\u001b[K";

export class Teller {
  readonly #screen: Screen;
  readonly #name: string;
  readonly #started: number;
  #stage: string | null = null;
  #quarter = -1;
  /** What has just been said is not said again: an action's end and the change it made are two events. */
  #last = "";
  #isOpen = false;

  constructor(screen: Screen, name: string, started: number) {
    this.#screen = screen;
    this.#name = name;
    this.#started = started;
  }

  tell(event: FerricEvent): void {
    const line = lineOf(event);
    if (line === null) return;
    if (line.text === this.#last || line.text === this.#stage) return;
    this.#last = line.text;
    const text = `  ${this.#name}  ${this.#clock(event.at)}  ${line.text}`;
    if (line.going === undefined) this.#settled(text);
    else this.#moving(text, line.going.stage, line.going.share);
  }

  /** Leaves the cursor at the start of a line. */
  end(): void {
    if (this.#isOpen) this.#screen.write("\n");
    this.#isOpen = false;
  }

  #settled(text: string): void {
    this.end();
    this.#screen.write(`${text}\n`);
  }

  #moving(text: string, stage: string, share: number): void {
    if (stage !== this.#stage) {
      this.end();
      this.#quarter = -1;
    }
    this.#stage = stage;
    if (this.#screen.isTTY) {
      const width = this.#screen.columns ?? text.length + 1;
      this.#screen.write(`${CLEAR_LINE}${text.slice(0, width - 1)}`);
      this.#isOpen = true;
      return;
    }
    const quarter = Math.floor(share * QUARTERS);
    if (quarter === this.#quarter) return;
    this.#quarter = quarter;
    this.#screen.write(`${text}\n`);
  }

  #clock(at: string): string {
    const seconds = Math.max(0, (Date.parse(at) - this.#started) / 1000);
    return `${seconds.toFixed(1).padStart(6)} s`;
  }
}
