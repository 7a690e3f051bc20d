/** How long controllers take to answer, and how often they do not, by protocol and by the words of the request. */
import type { BmcExchange } from "../../common/bmc-exchange.ts";
import { Counts, Durations, SHORT_BOUNDS } from "../../common/tallies.ts";

/** Requests are named by those who speak a protocol; what is a path of one machine must not become a series. */
const MOST_REQUESTS = 200;

export class ExchangeTally {
  /** By protocol and outcome. */
  readonly took = new Durations(SHORT_BOUNDS);
  /** By protocol, kind of request and outcome. */
  readonly requests = new Counts(MOST_REQUESTS);

  note({ protocol, request, fault, ms }: BmcExchange): void {
    const outcome = fault === null ? "ok" : "error";
    this.took.of(protocol, outcome).add(ms / 1000);
    this.requests.of(protocol, kindOf(request), outcome).add();
  }
}

/** "Get Sensor Reading: 04 2d" is a "Get Sensor Reading", "GET /redfish/v1/..." a "GET", "Get 1.3.6.1" a "Get". */
function kindOf(request: string): string {
  return /^[A-Za-z][A-Za-z -]{0,63}/.exec(request)?.[0].trim() ?? "other";
}
