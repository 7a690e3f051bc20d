/** No firmware: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "../generic.ts";

export default defineInterface("firmware", "no-firmware", () => ({ properties: {}, validate: refuses("firmware") }));
