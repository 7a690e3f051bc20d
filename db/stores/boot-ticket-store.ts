/** Boot tickets: which files one booting machine may have, under an unguessable token. */
import { NodeNotFound } from "../../common/errors/node.ts";
import type { BootTicket, BootTicketStore } from "../contract.ts";
import { changesOf, type Row, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode, defineTable } from "../records/table.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

const ticketTable = defineTable<BootTicket>("boot_tickets", {
  token: "text",
  node_uuid: "text",
  purpose: "text",
  boot_interface: "text",
  files: "object",
  created_at: "text",
});

export class SqlBootTicketStore implements BootTicketStore {
  readonly #context: StoreContext;
  readonly #rows: RecordWriter<BootTicket>;
  readonly #put: Compiled;
  readonly #byToken: Compiled;
  readonly #ofNode: Compiled;

  constructor(context: StoreContext) {
    const { sql } = context;
    this.#context = context;
    this.#rows = new RecordWriter(context, ticketTable);
    this.#put = compile(
      sql("boot_tickets")
        .insert(Object.fromEntries(ticketTable.fields.map((field) => [field, param(field)])))
        .onConflict("token")
        .merge(),
    );
    const select = () => sql("boot_tickets").select(ticketTable.fields);
    this.#byToken = compile(select().where({ token: param("token") }));
    this.#ofNode = compile(
      select()
        .where({ node_uuid: param("node_uuid") })
        .orderBy("id"),
    );
  }

  async put(ticket: Omit<BootTicket, "created_at">): Promise<void> {
    const { files, token, node_uuid, purpose, boot_interface } = ticket;
    const row = { token, node_uuid, purpose, boot_interface, files: JSON.stringify(files) };
    const statement = this.#put.bind({ ...row, created_at: this.#context.now() });
    await this.#context.engine.write(() => this.#ofExistingNode(node_uuid, changesOf(statement)));
  }

  async byToken(token: string): Promise<BootTicket | null> {
    const [row] = await this.#context.engine.read(() => rowsOf(this.#byToken.bind({ token })));
    return row === undefined ? null : this.#decode(row);
  }

  async ofNode(nodeUuid: string): Promise<readonly BootTicket[]> {
    const rows = await this.#context.engine.read(() => rowsOf(this.#ofNode.bind({ node_uuid: nodeUuid })));
    return rows.map((row) => this.#decode(row));
  }

  async drop(nodeUuid: string, purposes?: readonly string[]): Promise<void> {
    const chosen = purposes === undefined ? [] : [{ field: "purpose", in: purposes }];
    await this.#context.engine.write(() => this.#rows.remove([{ field: "node_uuid", is: nodeUuid }, ...chosen]));
  }

  *#ofExistingNode(node: string, work: Work<number>): Work<void> {
    try {
      yield* work;
    } catch (error) {
      throw this.#context.dialect.isMissingReference(error) ? NodeNotFound({ node }, error) : error;
    }
  }

  #decode(row: Row): BootTicket {
    return decode(ticketTable, ticketTable.fields, row, this.#context.log);
  }
}
