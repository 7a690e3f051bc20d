import assert from "node:assert/strict";
import { DatabaseUnavailable } from "../../../../../common/errors/database.ts";
import { DuplicateName } from "../../../../../common/errors/node.ts";
import type { Connection } from "../../../../../db/dialect/sqlite/connection.ts";
import { connect, type SqliteDriver } from "../../../../../db/dialect/sqlite/drivers.ts";
import { GroupCommit } from "../../../../../db/dialect/sqlite/group-commit.ts";
import type { Statement, Work } from "../../../../../db/engine.ts";
import { newNode, onEachSqlite, type TestDatabases } from "../../support/databases.ts";
import { refusedWith } from "../../support/faults.ts";

const sql = (text: string, ...bindings: readonly (string | number)[]): Statement => ({ sql: text, bindings });

function* work(...statements: readonly Statement[]): Work<number> {
  let changes = 0;
  for (const statement of statements) changes += (yield statement).changes;
  return changes;
}

/** The real connection, with the statements that begin and end transactions written down. */
class Recorded implements Connection {
  readonly said: string[] = [];
  readonly #inner: Connection;

  constructor(inner: Connection) {
    this.#inner = inner;
  }

  drive<T>(unit: Work<T>): Promise<T> {
    return this.#inner.drive(this.#listen(unit));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  *#listen<T>(unit: Work<T>): Work<T> {
    let turn = unit.next();
    while (!turn.done) {
      if (/^(begin|commit|rollback$)/.test(turn.value.sql)) this.said.push(turn.value.sql);
      try {
        const outcome = yield turn.value;
        turn = unit.next(outcome);
      } catch (error) {
        turn = unit.throw(error);
      }
    }
    return turn.value;
  }
}

async function group(databases: TestDatabases<SqliteDriver>): Promise<{ group: GroupCommit; connection: Recorded }> {
  await databases.open();
  const raw = await databases.raw();
  await raw.run("create table numbers (n integer primary key, parent integer references numbers (n))");
  const connection = new Recorded(await connect(databases.kind, await databases.path()));
  await connection.drive(work(sql("pragma foreign_keys = on"), sql("pragma busy_timeout = 10")));
  return { group: new GroupCommit(connection, 10_000), connection };
}

const insert = (n: number) => sql("insert into numbers (n) values (?)", n);

onEachSqlite("group commit", (databases) => {
  let open: { group: GroupCommit; connection: Recorded };
  beforeEach(async () => {
    open = await group(databases);
  });
  afterEach(async () => {
    await open.group.drain();
    await open.connection.close();
  });

  const numbers = async () => {
    const raw = await databases.raw();
    return (await raw.rows("select n from numbers order by n")).flat();
  };

  it("carries units of one turn in one transaction", async () => {
    const all = Array.from({ length: 40 }, (_, n) => open.group.write(work(insert(n))));
    assert.deepEqual(await Promise.all(all), Array(40).fill(1));
    assert.deepEqual(open.connection.said, ["begin immediate", "commit"]);
    assert.equal((await numbers()).length, 40);
  });

  it("takes nothing from the others when one unit fails, and leaves nothing of that one", async () => {
    function* failing(): Work<never> {
      yield insert(100);
      yield insert(101);
      throw new Error("mine");
    }
    const settled = await Promise.allSettled([
      open.group.write(work(insert(1))),
      open.group.write(failing()),
      open.group.write(work(insert(2), insert(1))),
      open.group.write(work(insert(3))),
    ]);
    assert.deepEqual(
      settled.map((one) => one.status),
      ["fulfilled", "rejected", "rejected", "fulfilled"],
    );
    assert.deepEqual(await numbers(), [1, 3]);
    assert.deepEqual(open.connection.said, ["begin immediate", "commit"]);
  });

  it("acknowledges nothing when the commit itself fails", async () => {
    const orphan = work(sql("pragma defer_foreign_keys = on"), sql("insert into numbers (n, parent) values (5, 99)"));
    const settled = await Promise.allSettled([open.group.write(work(insert(1))), open.group.write(orphan)]);
    assert.deepEqual(
      settled.map((one) => one.status),
      ["rejected", "rejected"],
    );
    assert.deepEqual(await numbers(), []);
    assert.equal(await open.group.write(work(insert(2))), 1, "and goes on with the next group");
  });

  it("waits for another process's transaction while the event loop runs", async () => {
    const raw = await databases.raw();
    await raw.run("begin immediate");
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
      if (turns === 8) void raw.run("commit");
    }, 2);
    assert.equal(await open.group.write(work(insert(1))), 1);
    clearInterval(ticking);
    assert.ok(turns >= 8, `${turns} turns`);
  });

  it("gives up after the busy timeout with a fault that says to retry", async () => {
    const raw = await databases.raw();
    await raw.run("begin immediate");
    const impatient = new GroupCommit(open.connection, 40);
    await refusedWith(impatient.write(work(insert(1))), DatabaseUnavailable, "lock");
    await raw.run("commit");
    assert.deepEqual(await numbers(), []);
  });

  it("says that the disk is full, keeps what was there and goes on when there is room again", async () => {
    await open.group.write(work(sql("create table blobs (text text)"), insert(1)));
    const pages = Number((await (await databases.raw()).rows("pragma page_count"))[0]?.[0]);
    await open.connection.drive(work(sql(`pragma max_page_count = ${pages + 2}`)));
    const big = () => open.group.write(work(insert(2), sql("insert into blobs values (?)", "x".repeat(200_000))));
    await refusedWith(big, DatabaseUnavailable, "disk is full");
    assert.deepEqual(await numbers(), [1]);
    assert.equal(await open.group.write(work(insert(3))), 1);
    await open.connection.drive(work(sql("pragma max_page_count = 100000")));
    assert.equal(await big(), 2);
    assert.deepEqual(await numbers(), [1, 2, 3]);
  });

  it("finishes accepted units when it is drained, and refuses later ones", async () => {
    const accepted = open.group.write(work(insert(1)));
    const drained = open.group.drain();
    await refusedWith(open.group.write(work(insert(2))), DatabaseUnavailable, "closed");
    await drained;
    assert.equal(await accepted, 1);
    assert.deepEqual(await numbers(), [1]);
  });
});

onEachSqlite("writes of the stores", (databases) => {
  it("are not seen before they are committed, and always after", async () => {
    const { nodes } = await databases.open();
    const values = newNode();
    const writing = nodes.create(values);
    assert.equal(await nodes.find(values.uuid), null);
    await writing;
    assert.ok(await nodes.find(values.uuid));
  });

  it("of one turn are told apart: the second of two equal names is refused, the rest stands", async () => {
    const { nodes } = await databases.open();
    const settled = await Promise.allSettled(["a", "b", "a", "c"].map((name) => nodes.create(newNode({ name }))));
    assert.deepEqual(
      settled.map((one) => one.status),
      ["fulfilled", "fulfilled", "rejected", "fulfilled"],
    );
    const [, , refused] = settled;
    assert.ok(refused?.status === "rejected" && DuplicateName.matches(refused.reason));
    assert.deepEqual(
      (await nodes.list()).map((node) => node.name),
      ["a", "b", "c"],
    );
  });

  it("under way are finished when the database is closed; later ones and reads are refused", async () => {
    const database = await databases.openDatabase();
    const { nodes } = database.stores;
    const values = newNode();
    const writing = nodes.create(values);
    const closing = database[Symbol.asyncDispose]();
    await refusedWith(() => nodes.create(newNode()), DatabaseUnavailable, "closed");
    await writing;
    await closing;
    await refusedWith(() => nodes.get(values.uuid), DatabaseUnavailable, "closed");
    const again = await databases.open();
    assert.equal((await again.nodes.get(values.uuid)).uuid, values.uuid);
  });
});
