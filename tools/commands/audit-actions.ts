/** The actions of `ferric audit` and what help says about them. */
import type { Runnable } from "../command.ts";

export const AUDIT_ACTIONS: readonly Runnable[] = [
  {
    name: "verify",
    summary: "follow the chain of hashes through an audit log, rotated files first",
    usage: "ferric audit verify [--head HASH] FILE...",
    about: [
      "Name the files of one API process in the order in which they were written, oldest first. That the end was cut off shows only against a hash that was noted elsewhere: this command prints the last one, and the service's own log has it whenever it opens the file.",
    ],
    flags: ["--head HASH               a hash that some line must have: it was the last one when it was noted"],
    configured: false,
    examples: [
      "ferric audit verify /var/lib/ferric/audit-6385.log",
      "ferric audit verify audit-6385.log.2 audit-6385.log.1 audit-6385.log",
    ],
    exitCodes: ["0  the chain is whole", "1  it is broken, or a file cannot be read", "2  wrong usage"],
    load: async () => (await import("./audit.ts")).verify,
  },
];
