/**
 * Reads configuration files in oslo.config's ini syntax: sections, `key = value` or `key: value`, `#` and `;` comments,
 * continuation lines that begin with white space, values in quotes. Each value knows its line.
 */
export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** 1-based line of the key. */
  readonly line: number;
}

export interface IniFault {
  readonly line: number;
  readonly problem: string;
  readonly remedy: string;
}

export interface IniFile {
  readonly entries: readonly IniEntry[];
  readonly faults: readonly IniFault[];
}

interface Open {
  readonly section: string;
  readonly key: string;
  readonly line: number;
  readonly lines: string[];
}

class Reader {
  readonly entries: IniEntry[] = [];
  readonly faults: IniFault[] = [];
  #section: string | null = null;
  #open: Open | null = null;

  read(text: string, line: number): void {
    if (/^\s+\S/.test(text)) this.#continue(text.trim(), line);
    else {
      this.close();
      if (text.startsWith("[")) this.#enter(text, line);
      else if (text.trim() !== "" && !/^[#;]/.test(text)) this.#assign(text, line);
    }
  }

  close(): void {
    if (this.#open === null) return;
    const { section, key, line, lines } = this.#open;
    this.entries.push({ section, key, line, value: unquote(lines.join("\n").trim()) });
    this.#open = null;
  }

  #continue(text: string, line: number): void {
    if (this.#open === null) {
      if (text.startsWith("#") || text.startsWith(";")) return;
      this.#fault(line, "a continuation line without an option before it", "remove the white space in front of it");
      return;
    }
    this.#open.lines.push(text);
  }

  #enter(text: string, line: number): void {
    const name = /^\[([^\]]+)\]\s*$/.exec(text)?.[1]?.trim();
    if (name === undefined || name === "") this.#fault(line, `"${text.trim()}" is no section`, "write it as [name]");
    this.#section = name ?? null;
  }

  #assign(text: string, line: number): void {
    const at = text.search(/[=:]/);
    const key = text.slice(0, Math.max(at, 0)).trim();
    if (key === "") {
      // The text may be a secret's torn second line, so it is not repeated.
      this.#fault(line, "a line that is neither a section nor an option", "write it as option = value");
      return;
    }
    if (this.#section === null) {
      this.#fault(line, `option ${key} stands before any section`, "put [DEFAULT] above it");
      return;
    }
    this.#open = { section: this.#section, key, line, lines: [text.slice(at + 1).trim()] };
  }

  #fault(line: number, problem: string, remedy: string): void {
    this.faults.push({ line, problem, remedy });
  }
}

function unquote(value: string): string {
  const first = value[0];
  return value.length > 1 && first === value.at(-1) && (first === '"' || first === "'") ? value.slice(1, -1) : value;
}

export function parseIni(text: string): IniFile {
  const reader = new Reader();
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  reader.close();
  return { entries: reader.entries, faults: reader.faults };
}
