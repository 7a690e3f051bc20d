/** How the two trees of an image write names: short ones of ISO 9660 (ECMA-119, level 1) and real ones of Joliet. */

/** How one of the two trees writes names. */
export interface Naming {
  readonly file: (name: string, index: number) => Buffer;
  readonly folder: (name: string, index: number) => Buffer;
  readonly joliet: boolean;
}

export const wide = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();
/** Level 1 names are 8.3. Boot programs read those that fit; the others are only made unique, for Joliet has the real ones. */
const short = (name: string, index: number, extension: string): Buffer =>
  Buffer.from(
    `${name
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, "_")
      .slice(0, 6)}${index % 100}${extension}`,
  );

export const PLAIN: Naming = {
  file: (name, index) => {
    const [, base, extension = ""] = /^([A-Za-z0-9_]{1,8})(?:\.([A-Za-z0-9_]{1,3}))?$/.exec(name) ?? [];
    return base === undefined
      ? short(name, index, ".DAT;1")
      : Buffer.from(`${base.toUpperCase()}.${extension.toUpperCase()};1`);
  },
  folder: (name, index) =>
    /^[A-Za-z0-9_]{1,8}$/.test(name) ? Buffer.from(name.toUpperCase()) : short(name, index, ""),
  joliet: false,
};
export const JOLIET: Naming = { file: (name) => wide(name), folder: (name) => wide(name), joliet: true };
