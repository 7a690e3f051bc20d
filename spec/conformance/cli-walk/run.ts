/**
 * Walks through all subcommands of the stock command line client against a service with an empty database and prints
 * what failed. `node --import tsx spec/conformance/cli-walk/run.ts --url URL [--only REGEX]`; exit code 1 on a failure.
 */
import { parseArgs } from "node:util";
import { installedCli } from "./cli.ts";
import { walk } from "./walk.ts";

const { values } = parseArgs({ options: { url: { type: "string" } } });
if (values.url === undefined) throw new Error("usage: run.ts --url URL (the base address, without /v1)");

const say = (line: string) => process.stdout.write(`${line}\n`);
const { passed, failed, unwalked } = await walk(await installedCli(), values.url, say);
for (const name of unwalked) say(`NOT WALKED  ${name}`);
for (const { command, why } of failed) say(`FAILED  ${command}: ${why}`);
say(`${passed.length} subcommands passed, ${failed.length} failed, ${unwalked.length} not walked`);
process.exitCode = failed.length + unwalked.length > 0 ? 1 : 0;
