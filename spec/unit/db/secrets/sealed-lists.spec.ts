/** Steps and rules in the database: encrypted as a whole, whatever their arguments are called, and bound to their record. */
import assert from "node:assert/strict";
import { KeyRing } from "../../../../common/encryption/key-ring.ts";
import { textSource } from "../../../../common/encryption/key-source.ts";
import { newKeyText } from "../../../../common/encryption/secret-key.ts";
import { SecretDamaged } from "../../../../common/errors/secrets.ts";
import type { Stores } from "../../../../db/contract.ts";
import { countByKey, reseal } from "../../../../db/secrets/reseal.ts";
import { onEachDatabase, type TestDatabases } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const CANARY = "canary-7c2e";
const keys = (...list: readonly string[]) => ({ overrides: { secrets: { encryption_keys: list.join(",") } } });
const TEMPLATE_STEP = { interface: "bios", step: "apply", args: { settings: [CANARY] }, priority: 10 } as const;
const RUNBOOK_STEP = { interface: "raid", step: "create", args: { comment: CANARY }, order: 1 } as const;
const CONDITION = { op: "eq", args: { values: ["{node.extra[a]}", CANARY] } } as const;
const ACTION = { op: "set-attribute", args: ["/driver_info/ipmi_password", CANARY] } as const;

interface Planted {
  readonly template: string;
  readonly runbook: string;
  readonly rule: string;
}

async function plant({ deployTemplates, runbooks, inspectionRules }: Stores): Promise<Planted> {
  const [template, runbook, rule] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  await deployTemplates.create({ uuid: template, name: `CUSTOM_${template}`, steps: [TEMPLATE_STEP] });
  await runbooks.create({ uuid: runbook, name: `CUSTOM_${runbook}`, steps: [RUNBOOK_STEP] });
  await inspectionRules.create({ uuid: rule, conditions: [CONDITION], actions: [ACTION] });
  return { template, runbook, rule };
}

async function isRead({ deployTemplates, runbooks, inspectionRules }: Stores, planted: Planted): Promise<void> {
  assert.deepEqual((await deployTemplates.get(planted.template)).steps, [TEMPLATE_STEP]);
  assert.deepEqual((await runbooks.list({ fields: ["steps"] }))[0]?.steps, [RUNBOOK_STEP]);
  const { conditions, actions } = await inspectionRules.get(planted.rule);
  assert.deepEqual([conditions, actions], [[CONDITION], [ACTION]]);
}

async function rows(databases: TestDatabases): Promise<string> {
  const raw = await databases.raw();
  const tables = ["deploy_templates", "runbooks", "inspection_rules"];
  return JSON.stringify(await Promise.all(tables.map((table) => raw.rows(`select * from ${table}`))));
}

onEachDatabase("steps and rules at rest", (databases) => {
  const [one, two] = [newKeyText(), newKeyText()];

  it("are encrypted with all their arguments, read back whole, and changed", async () => {
    const stores = await databases.open(keys(one));
    const planted = await plant(stores);
    assert.ok(!(await rows(databases)).includes(CANARY));
    await isRead(stores, planted);
    const found = await stores.deployTemplates.get(planted.template);
    assert.deepEqual(
      Object.keys(found).filter((field) => field.includes("key")),
      [],
      "the key is no field",
    );
    await stores.runbooks.update(planted.runbook, { description: "d" });
    await stores.runbooks.update(planted.runbook, { steps: [RUNBOOK_STEP, { ...RUNBOOK_STEP, order: 2 }] });
    assert.equal((await stores.runbooks.get(planted.runbook)).steps.length, 2);
    const uuid = crypto.randomUUID();
    await stores.inspectionRules.update(planted.rule, { uuid, priority: 3 });
    assert.deepEqual((await stores.inspectionRules.get(uuid)).actions, [ACTION], "also under another UUID");
    assert.ok(!(await rows(databases)).includes(CANARY));
  });

  it("do not open in another record or column", async () => {
    const stores = await databases.open(keys(one));
    const [mine, other] = [await plant(stores), await plant(stores)];
    const raw = await databases.raw();
    const storedIn = async (column: string, table: string, uuid: string) =>
      String((await raw.rows(`select ${column} from ${table} where uuid = ?`, uuid))[0]?.[0]);
    const theirs = await storedIn("steps", "runbooks", other.runbook);
    await raw.run("update runbooks set steps = ? where uuid = ?", theirs, mine.runbook);
    await refusedWith(stores.runbooks.get(mine.runbook), SecretDamaged, mine.runbook);
    await raw.run("update inspection_rules set actions = conditions where uuid = ?", mine.rule);
    await refusedWith(stores.inspectionRules.get(mine.rule), SecretDamaged, mine.rule);
    assert.deepEqual((await stores.deployTemplates.get(other.template)).steps, [TEMPLATE_STEP]);
  });

  it("that were stored plain are encrypted at the next start, and an earlier release may write plain ones beside", async () => {
    const open = await databases.openDatabase({ overrides: { secrets: { encrypt: false } } });
    const planted = await plant(open.stores);
    assert.ok((await rows(databases)).includes(CANARY), "plain was asked for");
    await open[Symbol.asyncDispose]();
    const stores = await databases.open(keys(one));
    assert.ok(!(await rows(databases)).includes(CANARY));
    await isRead(stores, planted);
    const raw = await databases.raw();
    await raw.run("update deploy_templates set steps = ?", JSON.stringify([{ ...TEMPLATE_STEP, priority: 20 }]));
    assert.equal((await stores.deployTemplates.get(planted.template)).steps[0]?.priority, 20);
  });

  it("come under a new key with the other secrets", async () => {
    const planted = await plant(await databases.open(keys(one)));
    const ring = new KeyRing(textSource(`${two},${one}`), true);
    const schema = await databases.openSchema();
    const { done, damaged } = await reseal(schema, ring);
    assert.deepEqual([done, damaged], [4, []]);
    assert.deepEqual([...(await countByKey(schema))], [[ring.primary?.id, 4]]);
    await isRead(await databases.open(keys(two, one)), planted);
  });
});
