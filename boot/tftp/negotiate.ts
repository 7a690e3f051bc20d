/** Options of a transfer: block size (RFC 2348), timeout and size (RFC 2349), window (RFC 7440). Bad values are not accepted and so not answered. */
export interface Terms {
  readonly blockSize: number;
  readonly window: number;
  /** Milliseconds to the first repetition. */
  readonly timeoutMs: number;
  /** What the OACK says; empty: no OACK. */
  readonly accepted: ReadonlyMap<string, string>;
}

const LARGEST_BLOCK = 65_464;
const MOST_WINDOW = 64;
/** Memory of a window: together with the number of transfers this bounds what the server holds. */
const WINDOW_BYTES = 262_144;

function whole(text: string | undefined, least: number, most: number): number | null {
  if (text === undefined || !/^\d{1,10}$/.test(text) || Number(text) < least) return null;
  return Math.min(Number(text), most);
}

export function negotiate(options: ReadonlyMap<string, string>, size: number, defaultTimeoutMs: number): Terms {
  const accepted = new Map<string, string>();
  const block = whole(options.get("blksize"), 8, LARGEST_BLOCK);
  if (block !== null) accepted.set("blksize", String(block));
  const blockSize = block ?? 512;
  if (whole(options.get("tsize"), 0, 0) !== null) accepted.set("tsize", String(size));
  const seconds = whole(options.get("timeout"), 1, 256);
  // RFC 2349: the value is taken as it is or not at all.
  const timed = seconds !== null && seconds <= 255;
  if (timed) accepted.set("timeout", String(seconds));
  const asked = whole(options.get("windowsize"), 1, MOST_WINDOW);
  const window = asked === null ? 1 : Math.max(1, Math.min(asked, Math.floor(WINDOW_BYTES / blockSize)));
  if (asked !== null) accepted.set("windowsize", String(window));
  return { blockSize, window, timeoutMs: timed ? seconds * 1000 : defaultTimeoutMs, accepted };
}
