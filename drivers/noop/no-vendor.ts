/** No vendor passthru: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "./refuses.ts";

export default defineInterface("vendor", "no-vendor", () => ({ properties: {}, validate: refuses("vendor") }));
