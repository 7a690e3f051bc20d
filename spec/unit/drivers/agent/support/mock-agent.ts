/** An agent's command server over real HTTP or HTTPS, with the answers and the faults that a test asks for. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { bareName, type CommandResult, type CommandStatus } from "../../../../../common/agent-protocol.ts";
import type { JsonObject } from "../../../../../common/json.ts";
import { listening } from "../../../../support/loopback.ts";

export type Params = Readonly<Record<string, JsonObject>>;

/** What a command ends as; a function gets the parameters. */
export interface Outcome {
  readonly status?: CommandStatus;
  readonly result?: JsonObject | null;
  readonly error?: { readonly type: string; readonly details: string };
}
export type Answers = Readonly<Record<string, Outcome | ((params: Params) => Outcome)>>;

/** Takes over an exchange wholly; true when it did. */
export type Fault = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => boolean;

export interface MockAgent extends AsyncDisposable {
  readonly url: string;
  /** Commands posted, in order. */
  readonly posted: { readonly name: string; readonly wait: string | null; readonly params: Params }[];
  readonly tokens: (string | null)[];
  /** What GET /v1/commands/ shows; tests may change it. */
  readonly commands: CommandResult[];
  /** Changes the state of the last command. */
  finish(outcome: Outcome): void;
  answers: Answers;
  fault: Fault | null;
}

export async function startMockAgent(
  answers: Answers = {},
  tls?: { readonly key: string; readonly cert: string },
): Promise<MockAgent> {
  const sockets = new Set<Socket>();
  const agent: Omit<MockAgent, "url" | typeof Symbol.asyncDispose> = {
    posted: [],
    tokens: [],
    commands: [],
    answers,
    fault: null,
    finish(outcome) {
      const last = agent.commands.pop();
      if (last !== undefined) agent.commands.push({ ...last, ...resultOf(outcome) });
    },
  };
  const listener: http.RequestListener = (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      if (agent.fault?.(request, response, body) !== true) reply(agent, request, response, body);
    });
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on("connection", (socket: Socket) => sockets.add(socket));
  const port = await listening(server);
  return Object.assign(agent, {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
}

type Live = Omit<MockAgent, "url" | typeof Symbol.asyncDispose>;

function reply(agent: Live, request: http.IncomingMessage, response: http.ServerResponse, body: string): void {
  const url = new URL(request.url ?? "/", "http://agent");
  agent.tokens.push(url.searchParams.get("agent_token"));
  response.setHeader("content-type", "application/json");
  if (request.method === "GET") {
    response.end(JSON.stringify({ commands: agent.commands }));
    return;
  }
  const { name, params } = JSON.parse(body) as { name: string; params: Params };
  agent.posted.push({ name, wait: url.searchParams.get("wait"), params });
  const answer = agent.answers[name] ?? {};
  const outcome = typeof answer === "function" ? answer(params) : answer;
  const result: CommandResult = { id: crypto.randomUUID(), command_name: bareName(name), ...resultOf(outcome) };
  agent.commands.push(result);
  response.end(JSON.stringify(result));
}

function resultOf(outcome: Outcome): Omit<CommandResult, "id" | "command_name"> {
  const { error } = outcome;
  return {
    command_status: outcome.status ?? (error === undefined ? "SUCCEEDED" : "FAILED"),
    command_result: outcome.result ?? null,
    command_error:
      error === undefined ? null : { type: error.type, code: 500, message: error.details, details: error.details },
  };
}
