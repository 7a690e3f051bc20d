/** What every transport promises; each runs this suite. */
import assert from "node:assert/strict";
import type { Context } from "../../common/context.ts";
import { ConductorTimeout, NoConductorForNode } from "../../common/errors/driver.ts";
import { FerricError } from "../../common/errors/fault.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import type { Handlers, Method } from "../../common/rpc/contract.ts";
import type { Transport } from "../../common/rpc/transport.ts";

export const CONTEXT: Context = { request_id: "req-1", user: "admin" };

/** Handlers of which only those given may be called. */
export function handlersOf(own: Partial<Handlers>): Handlers {
  const refuse = (method: string) => async () => {
    throw new Error(`${method} was not expected`);
  };
  return new Proxy(own, { get: (target, method: Method) => target[method] ?? refuse(String(method)) }) as Handlers;
}

/** A promise and its ends. */
export function deferred<T = void>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export interface TransportCase {
  readonly name: string;
  /** A new transport; `unexpected` hears of errors that are no faults. */
  make(unexpected: (error: unknown) => void): Promise<Transport & Partial<AsyncDisposable>>;
}

export function transportSuite(subject: TransportCase): void {
  describe(`transport ${subject.name}`, () => {
    let transport: Transport & Partial<AsyncDisposable>;
    let unexpected: unknown[];

    beforeEach(async () => {
      unexpected = [];
      transport = await subject.make((error) => unexpected.push(error));
    });
    afterEach(async () => {
      await transport[Symbol.asyncDispose]?.();
    });

    it("carries parameters, context and result", async () => {
      const seen: unknown[] = [];
      await using _served = await transport.serve(
        "c1",
        handlersOf({
          getBootDevice: async (params, context) => {
            seen.push(params, context);
            return { boot_device: "pxe", persistent: false };
          },
        }),
      );
      const result = await transport.call("c1", "getBootDevice", { node: "n1" }, CONTEXT);
      assert.deepEqual(result, { boot_device: "pxe", persistent: false });
      assert.deepEqual(seen, [{ node: "n1" }, CONTEXT]);
    });

    it("shares no reference between caller and handler, either way", async () => {
      const kept = { cpu: { count: 1 } };
      const given = { node: "n1", config: { level: { raid: "1" } } };
      await using _served = await transport.serve(
        "c1",
        handlersOf({
          setTargetRaidConfig: async ({ config }) => {
            Object.assign(config.level as object, { raid: "changed" });
          },
          getConsole: async () => kept,
        }),
      );
      await transport.call("c1", "setTargetRaidConfig", given, CONTEXT);
      assert.equal(given.config.level.raid, "1");
      const answer = await transport.call("c1", "getConsole", { node: "n1" }, CONTEXT);
      Object.assign(answer.cpu as object, { count: 2 });
      assert.deepEqual(kept, { cpu: { count: 1 } });
    });

    it("brings a fault back whole: name, status, text and retry time", async () => {
      const fault = NodeLocked({ node: "n1", host: "c2" });
      await using _served = await transport.serve(
        "c1",
        handlersOf({
          destroyNode: async () => {
            throw fault;
          },
        }),
      );
      await assert.rejects(
        transport.call("c1", "destroyNode", { node: "n1" }, CONTEXT),
        (error) =>
          NodeLocked.matches(error) && error !== fault && JSON.stringify(error.fault) === JSON.stringify(fault.fault),
      );
      assert.deepEqual(unexpected, []);
    });

    it("shows an unexpected error as a plain 500 and tells the serving side of it", async () => {
      const bug = new TypeError("secret of the inside");
      await using _served = await transport.serve(
        "c1",
        handlersOf({
          destroyNode: async () => {
            throw bug;
          },
        }),
      );
      await assert.rejects(
        transport.call("c1", "destroyNode", { node: "n1" }, CONTEXT),
        (error) => error instanceof FerricError && error.code === 500 && !error.message.includes("inside"),
      );
      assert.deepEqual(unexpected, [bug]);
    });

    it("answers for a conductor that nobody serves with a fault that asks to retry", async () => {
      await assert.rejects(
        transport.call("nobody", "destroyNode", { node: "n1" }, CONTEXT),
        (error) => NoConductorForNode.matches(error) && error.code === 503 && error.message.includes("n1"),
      );
    });

    it("gives up on a handler that hangs, naming method and time", async () => {
      const hang = deferred();
      const served = await transport.serve("c1", handlersOf({ destroyNode: () => hang.promise }));
      await assert.rejects(
        transport.call("c1", "destroyNode", { node: "n1" }, CONTEXT, 30),
        (error) => ConductorTimeout.matches(error) && /destroyNode.*0\.03 s/.test(error.message),
      );
      hang.resolve();
      await served[Symbol.asyncDispose]();
    });

    it("waits on dispose for the calls under way, and takes no new one", async () => {
      const gate = deferred();
      const started = deferred();
      const served = await transport.serve(
        "c1",
        handlersOf({
          destroyNode: async () => {
            started.resolve();
            await gate.promise;
          },
        }),
      );
      const call = transport.call("c1", "destroyNode", { node: "n1" }, CONTEXT);
      await started.promise;
      let disposed = 0;
      const disposing = [1, 2].map(async () => {
        await served[Symbol.asyncDispose]();
        disposed++;
      });
      await assert.rejects(transport.call("c1", "destroyNode", { node: "n2" }, CONTEXT), NoConductorForNode.matches);
      assert.equal(disposed, 0);
      gate.resolve();
      await Promise.all([call, ...disposing]);
      assert.equal(disposed, 2);
    });

    it("leaves a successor under the same name alone when the one before is disposed late", async () => {
      const first = await transport.serve("c1", handlersOf({ getSupportedBootDevices: async () => ["first"] }));
      await using _second = await transport.serve(
        "c1",
        handlersOf({ getSupportedBootDevices: async () => ["second"] }),
      );
      await first[Symbol.asyncDispose]();
      assert.deepEqual(await transport.call("c1", "getSupportedBootDevices", { node: "n1" }, CONTEXT), ["second"]);
    });

    it("carries many calls at once, each to its own answer", async () => {
      await using _served = await transport.serve(
        "c1",
        handlersOf({
          getSupportedBootDevices: async ({ node }) => {
            await new Promise((done) => setImmediate(done));
            return [node];
          },
        }),
      );
      const nodes = Array.from({ length: 200 }, (_, index) => `n${index}`);
      const answers = await Promise.all(
        nodes.map((node) => transport.call("c1", "getSupportedBootDevices", { node }, CONTEXT)),
      );
      assert.deepEqual(answers.flat(), nodes);
    });
  });
}
