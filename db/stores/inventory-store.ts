/** The newest inspection data of a node: one record a node. */
import { NodeNotFound } from "../../common/errors/node.ts";
import type { JsonObject } from "../../common/json.ts";
import type { InventoryStore } from "../contract.ts";
import { rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode, defineTable } from "../records/table.ts";
import type { StoreContext } from "./store-context.ts";

interface Inventory {
  readonly inventory: JsonObject;
  readonly plugin_data: JsonObject;
}

const inventoryTable = defineTable<Inventory>("node_inventory", { inventory: "object", plugin_data: "object" });

export class SqlInventoryStore implements InventoryStore {
  readonly #context: StoreContext;
  readonly #put: Compiled;
  readonly #get: Compiled;

  constructor(context: StoreContext) {
    const { sql } = context;
    this.#context = context;
    this.#put = compile(
      sql("node_inventory")
        .insert({
          node_uuid: param("node_uuid"),
          created_at: param("now"),
          inventory: param("inventory"),
          plugin_data: param("plugin_data"),
        })
        .onConflict("node_uuid")
        .merge(),
    );
    this.#get = compile(
      sql("node_inventory")
        .select(inventoryTable.fields)
        .where({ node_uuid: param("node_uuid") }),
    );
  }

  put(nodeUuid: string, data: Inventory): Promise<void> {
    return this.#context.engine.write(() => this.#putOne(nodeUuid, data));
  }

  async get(nodeUuid: string): Promise<Inventory | null> {
    const [row] = await this.#context.engine.read(() => rowsOf(this.#get.bind({ node_uuid: nodeUuid })));
    return row === undefined ? null : decode(inventoryTable, inventoryTable.fields, row, this.#context.log);
  }

  *#putOne(node: string, { inventory, plugin_data }: Inventory): Work<void> {
    const documents = { inventory: JSON.stringify(inventory), plugin_data: JSON.stringify(plugin_data) };
    try {
      yield this.#put.bind({ node_uuid: node, now: this.#context.now(), ...documents });
    } catch (error) {
      throw this.#context.dialect.isMissingReference(error) ? NodeNotFound({ node }, error) : error;
    }
  }
}
