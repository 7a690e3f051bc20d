/** Local disks only: nothing to attach. */
import { defineInterface } from "../base/define.ts";

export default defineInterface("storage", "noop", () => ({ properties: {}, validate: async () => {} }));
