#!/usr/bin/env node
/**
 * A PDU's objects for net-snmp's pass_persist (snmpd.conf(5)): integers and texts by OID in a JSON file, read anew with each
 * question. Setting an object may set others, by "effects": {"OID=VALUE": {"OID": VALUE}}.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const file = process.argv[2] ?? "";
const table = () => JSON.parse(readFileSync(file, "utf8"));
const typed = (value) => (typeof value === "number" ? `integer\n${value}` : `string\n${value}`);
const said = (oid, objects) => (oid in objects ? `.${oid}\n${typed(objects[oid])}` : "NONE");

function after(oid, objects) {
  const order = (one) =>
    one
      .split(".")
      .map((part) => part.padStart(10, "0"))
      .join(".");
  const next = Object.keys(objects)
    .sort((one, other) => (order(one) < order(other) ? -1 : 1))
    .find((one) => order(one) > order(oid));
  return next === undefined ? "NONE" : said(next, objects);
}

function set(oid, value) {
  const content = table();
  if (!(oid in content.objects) || content.readOnly?.includes(oid)) return "not-writable";
  const effects = content.effects?.[`${oid}=${value}`];
  if (content.effects !== undefined && effects === undefined) return "wrong-value";
  Object.assign(content.objects, { [oid]: value }, effects);
  writeFileSync(file, JSON.stringify(content));
  return "DONE";
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = async () => (await lines.next()).value ?? "";
for (;;) {
  const { value: asked, done } = await lines.next();
  if (done) break;
  if (asked === "PING") process.stdout.write("PONG\n");
  else if (asked === "get") process.stdout.write(`${said((await line()).slice(1), table().objects)}\n`);
  else if (asked === "getnext") process.stdout.write(`${after((await line()).slice(1), table().objects)}\n`);
  else if (asked === "set") {
    const oid = (await line()).slice(1);
    const [, value = ""] = (await line()).split(" ");
    process.stdout.write(`${set(oid, Number(value))}\n`);
  }
}
