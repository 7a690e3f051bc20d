/** What a process counts while it runs, from its start on; made only where somebody may ask for it. */
import { RequestTally } from "../../api/request-tally.ts";
import type { ObserveExchange } from "../../common/bmc-exchange.ts";
import type { Config } from "../../common/config/config.ts";
import type { EventBus } from "../../common/events.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import { SensorBoard } from "../../common/sensor-board.ts";
import { ExchangeTally } from "./exchange-tally.ts";
import { FlowTally } from "./flow-tally.ts";
import { MeteredTransport } from "./metered-transport.ts";

/** Readings are shown until so many passes in a row, the last one with all its time, have not renewed them. */
const PASSES = 3;

export class Meters implements Disposable {
  readonly requests = new RequestTally();
  readonly exchanges = new ExchangeTally();
  readonly board: SensorBoard;
  readonly flows: FlowTally;
  readonly transport: MeteredTransport;
  readonly observe: ObserveExchange = (_node, exchange) => this.exchanges.note(exchange);

  /** Null where metrics are off. */
  static of(config: Config, transport: Transport, events: EventBus): Meters | null {
    return config.prometheus.enabled ? new Meters(config, transport, events) : null;
  }

  private constructor({ prometheus, sensor_data }: Config, transport: Transport, events: EventBus) {
    const keepMs = (sensor_data.interval * PASSES + sensor_data.wait_timeout) * 1000;
    this.board = new SensorBoard({ perNode: prometheus.max_sensors_per_node, keepMs });
    this.flows = new FlowTally(events);
    this.transport = new MeteredTransport(transport);
  }

  [Symbol.dispose](): void {
    this.flows[Symbol.dispose]();
  }
}
