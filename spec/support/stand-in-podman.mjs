/**
 * A podman that fetches and installs nothing: it writes down what it is told (arguments, environment, files it is given)
 * and does to the disk what disk-start.bin says. plan.json: how a command ends, by its name.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.FERRIC_STAND_IN ?? ".";
const args = process.argv.slice(2);
const [command = ""] = args;

const option = (name) => args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const given = (path) =>
  path === undefined ? null : { path, mode: statSync(path).mode & 0o777, text: readFileSync(path, "utf8") };
const mounted = args.find((one) => one.startsWith("--volume=") && one.endsWith(":ro"));
const call = {
  args,
  env: process.env,
  auth: given(option("authfile")),
  keys: given(mounted?.slice("--volume=".length).split(":")[0]),
};
appendFileSync(join(folder, "calls.jsonl"), `${JSON.stringify(call)}\n`);

const planned = join(folder, "plan.json");
const plan = existsSync(planned) ? JSON.parse(readFileSync(planned, "utf8"))[command] : undefined;
if (plan?.stderr) process.stderr.write(plan.stderr);
if (plan?.hangs) setInterval(() => {}, 1000);
else {
  const start = join(folder, "disk-start.bin");
  if (command === "run" && plan === undefined && existsSync(start)) {
    const disk = openSync(args.at(-1), "r+");
    writeSync(disk, readFileSync(start));
    closeSync(disk);
  }
  process.exitCode = plan?.code ?? 0;
}
