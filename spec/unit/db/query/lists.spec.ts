import assert from "node:assert/strict";
import { NodeNotFound } from "../../../../common/errors/node.ts";
import { Invalid } from "../../../../common/errors/request.ts";
import type { Node } from "../../../../common/objects/node.ts";
import type { Condition, Keeper, Kept, NodeStore, Query } from "../../../../db/contract.ts";
import { newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const names = (nodes: readonly Node[]) => nodes.map((node) => node.name);

/** Every page of two after the other, by marker. */
async function paged(nodes: NodeStore, query: Query): Promise<readonly Node[]> {
  const all: Node[] = [];
  for (;;) {
    const marker = all.at(-1)?.uuid;
    const page = await nodes.list({ ...query, limit: 2, ...(marker === undefined ? {} : { marker }) });
    assert.ok(page.length <= 2);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

onEachDatabase("lists", (databases) => {
  /** Owners with ties and nulls; names tell the order of creation. */
  async function fleet(): Promise<NodeStore> {
    const { nodes } = await databases.open();
    const owners = ["b", null, "a", "b", null, "a", "c"];
    for (const [index, owner] of owners.entries())
      await nodes.create(
        newNode({
          name: `n${index}`,
          owner,
          maintenance: index % 2 === 0,
          description: index === 3 ? "50%_Off!" : null,
        }),
      );
    return nodes;
  }

  it("come in the order of creation by default, and backwards on demand", async () => {
    const nodes = await fleet();
    assert.deepEqual(names(await nodes.list()), ["n0", "n1", "n2", "n3", "n4", "n5", "n6"]);
    assert.deepEqual(names(await nodes.list({ sortDir: "desc", limit: 2 })), ["n6", "n5"]);
  });

  for (const [sortDir, expected] of [
    ["asc", ["n1", "n4", "n2", "n5", "n0", "n3", "n6"]],
    ["desc", ["n6", "n3", "n0", "n5", "n2", "n4", "n1"]],
  ] as const)
    it(`put nulls ${sortDir === "asc" ? "first" : "last"} ${sortDir}, ties by id, the same in pages`, async () => {
      const nodes = await fleet();
      assert.deepEqual(names(await nodes.list({ sortKey: "owner", sortDir })), expected);
      assert.deepEqual(names(await paged(nodes, { sortKey: "owner", sortDir })), expected);
    });

  it("stay stable in pages while nodes come and change", async () => {
    const nodes = await fleet();
    const first = await nodes.list({ sortKey: "owner", limit: 3 });
    await nodes.create(newNode({ name: "new", owner: null }));
    const marker = first.at(-1)?.uuid ?? "";
    assert.deepEqual(names(await nodes.list({ sortKey: "owner", marker })), ["n5", "n0", "n3", "n6"]);
  });

  it("refuse an unknown marker and unknown columns, naming them", async () => {
    const nodes = await fleet();
    const marker = crypto.randomUUID();
    await refusedWith(nodes.list({ marker }), NodeNotFound, marker);
    await refusedWith(nodes.list({ sortKey: "id; drop table nodes" }), Invalid, "drop table");
    await refusedWith(nodes.list({ where: [{ field: "1=1 or id", is: 1 }] }), Invalid, "1=1");
    await refusedWith(nodes.list({ where: [{ field: "constructor", is: 1 }] }), Invalid, "constructor");
  });

  it("filter by every kind of condition", async () => {
    const nodes = await fleet();
    const cases: readonly (readonly [readonly Condition[], readonly string[]])[] = [
      [[{ field: "owner", is: "a" }], ["n2", "n5"]],
      [[{ field: "owner", is: null }], ["n1", "n4"]],
      [[{ field: "maintenance", is: true }], ["n0", "n2", "n4", "n6"]],
      [[{ field: "owner", in: ["a", "c"] }], ["n2", "n5", "n6"]],
      [[{ field: "owner", in: ["c", null] }], ["n1", "n4", "n6"]],
      [[{ field: "owner", in: [] }], []],
      [[{ field: "owner", notIn: ["a", "b"] }], ["n1", "n4", "n6"]],
      [[{ field: "owner", notIn: ["a", null] }], ["n0", "n3", "n6"]],
      [[{ field: "owner", notIn: [null] }], ["n0", "n2", "n3", "n5", "n6"]],
      [[{ field: "owner", notIn: [] }], ["n0", "n1", "n2", "n3", "n4", "n5", "n6"]],
      [
        [
          { field: "owner", null: false },
          { field: "maintenance", is: false },
        ],
        ["n3", "n5"],
      ],
      [[{ field: "name", below: "n2" }], ["n0", "n1"]],
      [[{ field: "description", contains: "50%_oFF!" }], ["n3"]],
      [[{ field: "description", contains: "5_%" }], []],
      [
        [
          {
            anyOf: [
              [{ field: "owner", is: "c" }],
              [
                { field: "owner", is: "b" },
                { field: "name", is: "n0" },
              ],
            ],
          },
        ],
        ["n0", "n6"],
      ],
      [[{ anyOf: [] }], []],
    ];
    for (const [where, expected] of cases) {
      assert.deepEqual(names(await nodes.list({ where })), expected, JSON.stringify(where));
      assert.equal(await nodes.count(where), expected.length);
    }
  });

  it("bind values, so that none is ever read as SQL", async () => {
    const nodes = await fleet();
    const hostile = "x' or '1'='1";
    assert.deepEqual(await nodes.list({ where: [{ field: "owner", is: hostile }] }), []);
    assert.equal(await nodes.find(hostile), null);
    await nodes.updateUnlocked((await nodes.get("n0")).uuid, { owner: hostile });
    assert.deepEqual(names(await nodes.list({ where: [{ field: "owner", is: hostile }] })), ["n0"]);
  });

  it("show a caller only what the access rules let through: in get, list, count of pages and markers", async () => {
    const nodes = await fleet();
    const visibility: readonly Condition[] = [
      { anyOf: [[{ field: "owner", is: "a" }], [{ field: "lessee", is: "a" }]] },
    ];
    const hidden = await nodes.get("n0");
    assert.deepEqual(names(await nodes.list({ visibility })), ["n2", "n5"]);
    assert.equal((await nodes.get("n2", { visibility })).name, "n2");
    assert.equal(await nodes.find(hidden.uuid, { visibility }), null);
    await refusedWith(nodes.get(hidden.uuid, { visibility }), NodeNotFound, hidden.uuid);
    await refusedWith(nodes.list({ visibility, marker: hidden.uuid }), NodeNotFound, hidden.uuid);
  });

  for (const [share, others] of [
    ["much", 0],
    ["little", 30],
  ] as const)
    it(`of kept records are the same under a rule of parts that lets ${share} through: each once, in order, page by page, both ways`, async () => {
      const nodes = await fleet();
      for (let count = 0; count < others; count += 1) await nodes.create(newNode({ owner: "z" }));
      const all = await nodes.list();
      for (const node of all.filter((_, index) => index % 3 === 0))
        await nodes.updateUnlocked(node.uuid, { lessee: "b" });
      const visibility: readonly Condition[] = [
        { anyOf: [[{ field: "owner", is: "b" }], [{ field: "lessee", is: "b" }]] },
      ];
      const keeper = {
        reading: { fields: ["uuid", "name"] },
        known: () => undefined,
        keep: (node: Node) => ({ uuid: node.uuid, name: node.name }),
      } as unknown as Keeper<Node, Kept & { name: string | null }>;
      for (const sortDir of ["asc", "desc"] as const)
        for (const where of [[], [{ field: "maintenance", is: true }]]) {
          const query = { visibility, where, sortDir };
          const expected = names(await nodes.list(query));
          assert.ok(expected.length > 1);
          const found: (string | null)[] = [];
          for (let marker: string | undefined; ; ) {
            const page = await nodes.listKept(
              { ...query, limit: 2, ...(marker === undefined ? {} : { marker }) },
              keeper,
            );
            found.push(...page.map(({ name }) => name));
            marker = page.at(-1)?.uuid;
            if (page.length < 2) break;
          }
          assert.deepEqual(found, expected, `${sortDir} ${where.length}`);
        }
    });

  it("read only the fields that are asked for, with id and uuid always", async () => {
    const nodes = await fleet();
    const [first] = await nodes.list({ fields: ["owner", "nonsense"], limit: 1 });
    assert.deepEqual(Object.keys(first ?? {}).sort(), ["id", "owner", "uuid"]);
    const one = await nodes.get("n3", { fields: ["traits"] });
    assert.deepEqual(Object.keys(one).sort(), ["id", "traits", "uuid"]);
  });
});
