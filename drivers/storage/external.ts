/** Volumes that others attach: what is written about them is handed to the boot files unchanged. */
import { defineInterface } from "../base/define.ts";

export default defineInterface("storage", "external", () => ({ properties: {}, validate: async () => {} }));
