/** No vendor passthru: every use is refused. */
import { defineInterface } from "../base/define.ts";
import { refuses } from "../generic.ts";

export default defineInterface("vendor", "no-vendor", () => ({ properties: {}, validate: refuses("vendor") }));
