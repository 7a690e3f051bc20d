/** No firmware: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "./refuses.ts";

export default defineInterface("firmware", "no-firmware", () => ({ properties: {}, validate: refuses("firmware") }));
