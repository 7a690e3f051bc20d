/** Leases and liveness go by the database's clock, records and waits by this machine's: they must agree. */
import { firstOf } from "../../../db/engine.ts";
import { type Check, fail, pass, warn } from "../check.ts";
import { withDatabase } from "../opened-database.ts";

const OLDEST = Date.UTC(2026, 0, 1);
const WARN_MS = 1000;
const FAIL_MS = 10_000;
const REMEDY = "run a time service (chrony, systemd-timesyncd) here and on the database's machine";

export const clock: Check = {
  name: "clock",
  async run({ config }) {
    if (Date.now() < OLDEST)
      return [fail(`this machine believes it is ${new Date().toISOString()}, before this release was made`, REMEDY)];
    const difference = await withDatabase(config, async ({ engine, dialect }) => {
      const ask = () => engine.read(() => firstOf({ sql: `select ${dialect.nowMs}`, bindings: [] }));
      // The first answer opens the connection.
      await ask();
      const before = Date.now();
      const row = await ask();
      return Number(row?.[0]) - (before + Date.now()) / 2;
    });
    if (difference === null) return [pass(`this machine's clock says ${new Date().toISOString()}`)];
    const text = `the database's clock differs by ${Math.round(Math.abs(difference))} ms`;
    if (Math.abs(difference) > FAIL_MS) return [fail(text, REMEDY)];
    return [Math.abs(difference) > WARN_MS ? warn(text, REMEDY) : pass(text)];
  },
};
