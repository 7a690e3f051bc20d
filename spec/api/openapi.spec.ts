/** The API's description: valid OpenAPI 3.1 for each microversion, true to what is answered, and readable without anything else. */
import assert from "node:assert/strict";
import { openApiAt } from "../../api/docs/declarations.ts";
import { OWN_ROUTES } from "../../api/routes/own-table.ts";
import { ROUTES } from "../../api/routes/table.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { AnswerJudge, documentAjv } from "../support/openapi.ts";

const MINORS = Array.from({ length: 115 }, (_, index) => index + 1);

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: object } } };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

function operationsOf(api: ReturnType<typeof openApiAt>): readonly (readonly [path: string, Operation])[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => [path, operation as Operation] as const),
  );
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : referencesIn(inner),
  );
}

function leadsSomewhere(reference: string, api: object): boolean {
  const [root, ...steps] = reference.split("/");
  let at: unknown = api;
  for (const step of steps)
    at = typeof at === "object" && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined;
  return root === "#" && at !== undefined;
}

describe("OpenAPI document", () => {
  it("says how callers prove who they are, and which paths ask nobody", () => {
    const { components, security, paths } = openApiAt(115);
    assert.deepEqual(Object.keys(components.securitySchemes), ["keystone", "http_basic"]);
    assert.deepEqual(security, [{ keystone: [] }, { http_basic: [] }, {}]);
    const securityOf = (path: string) => Reflect.get(paths[path]?.get ?? {}, "security");
    assert.deepEqual(securityOf("/v1/lookup"), []);
    assert.equal(securityOf("/v1/nodes"), undefined);
  });

  it("names each operation once, with its path parameters and answers, at every microversion", () => {
    for (const minor of MINORS) {
      const api = openApiAt(minor);
      const operations = operationsOf(api);
      assert.equal(operations.length, ROUTES.filter(({ since = 1 }) => since <= minor).length + OWN_ROUTES.length);
      assert.equal(new Set(operations.map(([, { operationId }]) => operationId)).size, operations.length);
      for (const [path, operation] of operations) {
        const inPath = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
        assert.deepEqual(
          inPath,
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
          path,
        );
        assert.ok(
          Object.values(operation.responses).every(({ description }) => description.length > 0),
          path,
        );
      }
    }
  });

  it("has schemas that are JSON Schema 2020-12 and whose references lead somewhere", () => {
    const ajv = documentAjv();
    for (const minor of MINORS) {
      const api = openApiAt(minor);
      for (const reference of referencesIn(api))
        assert.ok(leadsSomewhere(reference, api), `${reference} at 1.${minor}`);
      const schemas = operationsOf(api).flatMap(([, { parameters, requestBody }]) => [
        ...parameters.map(({ schema }) => schema),
        ...(requestBody === undefined ? [] : [requestBody.content["application/json"].schema]),
      ]);
      for (const schema of [...Object.values(api.components.schemas), ...schemas])
        assert.ok(ajv.validateSchema(schema), `1.${minor}: ${ajv.errorsText()} in ${JSON.stringify(schema)}`);
    }
  });

  it("grows with the microversion: fields, parameters and routes come where they are declared", () => {
    const has = (minor: number, field: string) =>
      Object.hasOwn((openApiAt(minor).components.schemas.Node?.properties ?? {}) as object, field);
    assert.deepEqual(
      [has(108, "health"), has(109, "health"), has(4, "name"), has(5, "name")],
      [false, true, false, true],
    );
    assert.equal(openApiAt(48).paths["/v1/conductors"], undefined);
    assert.ok(openApiAt(49).paths["/v1/conductors"]);
  });
});

describe("description served beside the API", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
    for (const name of ["one", "two"]) {
      const { json } = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name } });
      const { uuid } = json as { uuid: string };
      const address = name === "one" ? "52:54:00:00:00:01" : "52:54:00:00:00:02";
      await api.send("POST", "/v1/ports", { body: { node_uuid: uuid, address } });
    }
    await api.send("POST", "/v1/chassis", { body: { description: "c" } });
  });
  after(async () => api?.[Symbol.asyncDispose]());

  it("gives the document of the version asked for, of the newest without one, and refuses what is none", async () => {
    const at = async (query: string) => await api.send("GET", `/ferric/v1/openapi.json${query}`, { minor: null });
    assert.deepEqual((await at("?version=1.50")).json, JSON.parse(JSON.stringify(openApiAt(50))));
    assert.deepEqual((await at("")).json, JSON.parse(JSON.stringify(openApiAt(115))));
    for (const wrong of ["1.0", "1.116", "2.1", "x", ""]) {
      assert.equal((await at(`?version=${wrong}`)).status, wrong === "" ? 200 : 400, wrong);
    }
  });

  it("shows a page that loads nothing from anywhere", async () => {
    const answer = await fetch(`${api.url}/ferric/docs?version=1.60`);
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.doesNotMatch(page, /<script|<link|<img|src=|@import|url\(/i);
    assert.match(page, /\/v1\/nodes\/\{node\}/);
    assert.match(page, /<option selected>1\.60</);
  });

  it("is true: what every GET answers is what the document says", async function () {
    this.timeout(60_000);
    const ids = { node: "one", driver: "fake-hardware", hostname: "fake-host", field: "driver" };
    const first = async (path: string, key: string) =>
      (((await api.send("GET", path)).json as Record<string, { uuid: string }[]>)[key] ?? [])[0]?.uuid ?? "";
    const known: Readonly<Record<string, string>> = {
      ...ids,
      port: await first("/v1/ports", "ports"),
      chassis: await first("/v1/chassis", "chassis"),
    };
    for (const minor of [1, 31, 61, 96, 115]) {
      const judge = new AnswerJudge(minor);
      for (const route of ROUTES.filter(({ method, since = 1 }) => method === "GET" && since <= minor)) {
        const path = route.path.replace(/:(\w+)/g, (_, name: string) => known[name] ?? "none");
        const { status, json } = await api.send("GET", path, { minor });
        assert.ok(status < 500, `${path} at 1.${minor}: ${status}`);
        const complaint = judge.complaint("GET", route.path.replace(/:(\w+)/g, "{$1}"), status, json);
        assert.equal(complaint, null);
      }
    }
  });

  it("tells a wrong answer from a right one", async () => {
    const { json } = await api.send("GET", "/v1/nodes/one");
    const judge = new AnswerJudge(115);
    assert.equal(judge.complaint("GET", "/v1/nodes/{node}", 200, json), null);
    assert.match(judge.complaint("GET", "/v1/nodes/{node}", 200, { ...(json as object), extra: 5 }) ?? "", /extra/);
    assert.match(judge.complaint("GET", "/v1/nodes/{node}", 200, { ...(json as object), more: 5 }) ?? "", /additional/);
    assert.equal(judge.template("/v1/nodes/detail"), "/v1/nodes/detail");
    assert.equal(judge.template("/v1/nodes/one/states"), "/v1/nodes/{node}/states");
  });
});
