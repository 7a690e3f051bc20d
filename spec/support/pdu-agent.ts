/** A PDU of a model, as net-snmp's snmpd serves it: its objects are a table in a file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceOf, PDU_MODELS, type PduModel } from "../../drivers/snmp/pdu-models.ts";
import { Snmpd } from "./snmpd.ts";

type Objects = Record<string, number | string>;

export const ENTERPRISES = "1.3.6.1.4.1";

export class PduAgent implements AsyncDisposable {
  readonly snmpd: Snmpd;
  readonly #folder: string;

  private constructor(snmpd: Snmpd, folder: string) {
    this.snmpd = snmpd;
    this.#folder = folder;
  }

  /** `system`: its sysObjectID. */
  static async start(system: string): Promise<PduAgent> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-pdu-"));
    writeFileSync(join(folder, "table.json"), JSON.stringify({ objects: {} }));
    const script = join(import.meta.dirname, "pdu-table.mjs");
    // Above net-snmp's own objects of 8072 and 2021: the longer beginning wins.
    const persist = `pass_persist .${ENTERPRISES} ${process.execPath} ${script} ${join(folder, "table.json")}`;
    return new PduAgent(await Snmpd.start([`sysobjectid .${system}`, persist]), folder);
  }

  /** Becomes a PDU of this model with its outlet off; what is set takes effect as the model says. */
  become(name: string, outlet: string, readings: Objects = {}): PduModel {
    const model = PDU_MODELS[name];
    if (model === undefined) throw new Error(`no model ${name}`);
    const instance = instanceOf(model, outlet);
    const value = (state: string) => Number(Object.entries(model.states).find(([, said]) => said === state)?.[0]);
    const state = `${model.state}.${instance}`;
    const [on, off] = [`${model.on.column}.${instance}`, `${model.off.column}.${instance}`];
    this.write({
      objects: { [on]: -1, [off]: -1, [state]: value("power off"), ...readings },
      effects: {
        [`${on}=${model.on.value}`]: { [state]: value("power on") },
        [`${off}=${model.off.value}`]: { [state]: value("power off") },
      },
    });
    return model;
  }

  get objects(): Objects {
    return (JSON.parse(readFileSync(join(this.#folder, "table.json"), "utf8")) as { objects: Objects }).objects;
  }

  write(table: { objects: Objects; effects?: Record<string, Objects>; readOnly?: string[] }): void {
    writeFileSync(join(this.#folder, "table.json"), JSON.stringify(table));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.snmpd[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
