/** Every command and action explains itself completely. */
import assert from "node:assert/strict";
import type { Helped } from "../../../tools/command.ts";
import { COMMANDS } from "../../../tools/commands.ts";
import { helpOn, overview } from "../../../tools/help.ts";
import { CommandRun } from "../../support/command-run.ts";

const ALL: readonly (readonly [string, Helped])[] = COMMANDS.flatMap((command) => [
  [command.name, command] as const,
  ...("actions" in command ? command.actions : []).map((one) => [`${command.name} ${one.name}`, one] as const),
]);

describe("help", () => {
  for (const [title, command] of ALL)
    it(`on ${title} has usage, options, examples and exit codes`, () => {
      const text = helpOn(command);
      assert.ok(command.usage.startsWith(`ferric ${title}`), command.usage);
      assert.match(command.summary, /^[a-z].*[^.]$/);
      assert.ok(command.examples.length > 0 && command.examples.every((example) => example.includes("ferric ")));
      for (const part of ["usage: ", "Examples:", "Exit codes:\n  0  "]) assert.ok(text.includes(part), part);
      if (command.configured) assert.match(text, /--config-file FILE/);
      for (const flag of command.usage.matchAll(/--[a-z-]+/g)) assert.ok(text.split("Options:")[1]?.includes(flag[0]));
    });

  it("names every command in the overview", () => {
    for (const { name, summary } of COMMANDS) assert.ok(overview(COMMANDS).includes(`${name.padEnd(11)}  ${summary}`));
  });

  for (const [title, command] of ALL)
    if ("load" in command && typeof command.load === "function")
      it(`tells of a command that can be loaded: ${title}`, async () => {
        const load = command.load as () => Promise<unknown>;
        assert.equal(typeof (await load()), "function");
      });

  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["db backup --help", 0, /^usage: ferric db backup FILE/],
    ["help db restore", 0, /^usage: ferric db restore FILE/],
    ["db --help", 0, /Actions:\n {2}upgrade/],
    ["db", 2, /say what to do: upgrade, status, version, backup, restore/],
    ["db backup", 2, /ferric db backup: FILE is missing; see ferric help db backup/],
    ["config show extra", 2, /unexpected "extra"/],
  ];
  for (const [line, code, says] of cases)
    it(`"ferric ${line}" ends with ${code}`, async () => {
      const ended = await new CommandRun(line.split(" ")).ended;
      assert.equal(ended.code, code, ended.err);
      assert.match(code === 0 ? ended.out : ended.err, says);
    });
});
