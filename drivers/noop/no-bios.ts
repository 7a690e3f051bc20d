/** No BIOS settings: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "./refuses.ts";

export default defineInterface("bios", "no-bios", () => ({ properties: {}, validate: refuses("bios") }));
