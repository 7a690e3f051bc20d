/** The transport that the configuration names. The queue's packages are loaded only where they are used. */
import type { Config } from "../common/config/config.ts";
import type { KeyRing } from "../common/encryption/key-ring.ts";
import type { EventBus } from "../common/events.ts";
import type { Logger } from "../common/log.ts";
import type { Call } from "../common/rpc/contract.ts";
import type { CallLedger } from "../common/rpc/ledger.ts";
import { LocalTransport } from "../common/rpc/local.ts";
import type { Transport } from "../common/rpc/transport.ts";

export interface TransportDeps {
  readonly config: Config;
  readonly ledger: CallLedger;
  readonly keys: KeyRing;
  readonly events: EventBus;
  readonly log: Logger;
  /** Which way events go between this process and others. */
  readonly shares: { readonly sends: boolean; readonly hears: boolean };
}

/** @throws Error when [redis] cannot be used; a Redis that is away comes later */
export async function openTransport(deps: TransportDeps): Promise<Transport & AsyncDisposable> {
  const { config, ledger, keys, log } = deps;
  const onUnexpected = (error: unknown, call: Call) => log.error({ error, method: call.method }, "a call failed");
  const { rpc_transport, rpc_response_timeout } = config.DEFAULT;
  if (rpc_transport !== "bullmq")
    return Object.assign(new LocalTransport(onUnexpected, rpc_response_timeout * 1000), {
      [Symbol.asyncDispose]: async () => {},
    });
  const { BullmqTransport } = await import("../common/rpc/bullmq/transport.ts");
  const transport = await BullmqTransport.open({ config, ledger, keys, log, onUnexpected });
  transport.shareEvents(deps.events, deps.shares);
  return transport;
}
