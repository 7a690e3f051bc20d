/** Which session sequence numbers of a BMC are taken: each once, and only near the highest seen (IPMI 2.0, 6.12.13). */

/** How far a number may lie behind the highest; ahead it may lie the same. */
const BEHIND = 16;
const AHEAD = 32;

export class SequenceWindow {
  #highest: number | null = null;
  /** Bit n: the number n behind the highest has been seen. */
  #seen = 0;

  /** False: a repetition, or too far off to be of this session. */
  accept(sequence: number): boolean {
    if (sequence === 0) return false;
    if (this.#highest === null) {
      this.#highest = sequence;
      this.#seen = 1;
      return true;
    }
    const ahead = (sequence - this.#highest) | 0;
    if (ahead > AHEAD || ahead < -BEHIND) return false;
    if (ahead > 0) {
      this.#seen = ahead > BEHIND ? 1 : ((this.#seen << ahead) | 1) & 0x1ffff;
      this.#highest = sequence;
      return true;
    }
    const bit = 1 << -ahead;
    if ((this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    return true;
  }
}
