/** A queue in which groups take turns: the first of each in the order of asking, so that no group starves another. */
export class Turns<T> {
  /** By group, the one whose turn is next first; no line is empty. */
  readonly #lines = new Map<string, T[]>();

  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.length;
    return size;
  }

  push(group: string, item: T): void {
    const line = this.#lines.get(group);
    if (line === undefined) this.#lines.set(group, [item]);
    else line.push(item);
  }

  /** The next one, whose group goes to the end; undefined when there is none. */
  shift(): T | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const [group, line] = first;
    const item = line.shift();
    this.#lines.delete(group);
    if (line.length > 0) this.#lines.set(group, line);
    return item;
  }

  /** Takes one out that will not wait any more. */
  remove(group: string, item: T): void {
    const line = this.#lines.get(group) ?? [];
    const at = line.indexOf(item);
    if (at !== -1) line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(group);
  }
}

/** The items with their groups in turn, each group's in the order in which they stand. */
export function inTurns<T>(items: readonly T[], groupOf: (item: T) => string): readonly T[] {
  const turns = new Turns<T>();
  for (const item of items) turns.push(groupOf(item), item);
  const ordered: T[] = [];
  for (let item = turns.shift(); item !== undefined; item = turns.shift()) ordered.push(item);
  return ordered;
}
