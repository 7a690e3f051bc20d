/** Who may log in to a machine's controller; both faces ask here. */

/** IPMI's privilege levels: 2 user, 3 operator, 4 administrator; 15 no access. */
export type Level = 2 | 3 | 4 | 15;

export interface Account {
  /** IPMI's user id, 2 to 10. */
  readonly id: number;
  name: string;
  password: Buffer;
  level: Level;
  isEnabled: boolean;
}

export const MOST_ACCOUNTS = 10;
export const ROLES = { Administrator: 4, Operator: 3, ReadOnly: 2 } as const;

export function roleOf(level: Level): keyof typeof ROLES {
  return level === 4 ? "Administrator" : level === 3 ? "Operator" : "ReadOnly";
}

export class Accounts {
  readonly list: Account[];

  constructor(first: readonly Login[]) {
    this.list = first.map(({ username, password, level }, at) => ({
      ...{ id: at + 2, name: username, password: Buffer.from(password), level: level ?? 4, isEnabled: true },
    }));
  }

  byName(name: string): Account | undefined {
    return this.list.find((account) => account.isEnabled && account.name === name);
  }

  byId(id: number): Account | undefined {
    return this.list.find((account) => account.id === id);
  }

  /** The one with this id, made when there is none. */
  ensure(id: number): Account {
    const found = this.byId(id);
    if (found !== undefined) return found;
    const made: Account = { id, name: "", password: Buffer.alloc(0), level: 15, isEnabled: false };
    this.list.push(made);
    this.list.sort((a, b) => a.id - b.id);
    return made;
  }

  remove(id: number): void {
    const at = this.list.findIndex((account) => account.id === id);
    if (at >= 0) this.list.splice(at, 1);
  }
}

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly level?: Level;
}
