/** The documentation page: one HTML document without scripts and without anything from elsewhere. */
import type { OpenApi } from "../engine/openapi/document.ts";
import { MAX_MINOR, MIN_MINOR } from "../microversions.ts";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h2{margin-top:2.5rem;border-bottom:1px solid #d0d7de}summary{cursor:pointer;padding:.35rem 0}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{background:#f6f8fa;padding:.75rem;overflow:auto}table{border-collapse:collapse;width:100%}td,th{border:1px solid #d0d7de;padding:.3rem .5rem;text-align:left;vertical-align:top}
.method{display:inline-block;min-width:4.5rem;font-weight:700}@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}td,th,h2{border-color:#30363d}a{color:#79c0ff}}`;

/** Of the answer: nothing but the page's own style may be loaded, and forms lead back here. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

export function documentationPage(api: OpenApi, minor: number): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(api.paths)) {
    const tag = path.split("/")[2] ?? "discovery";
    const entries = Object.entries(methods).map(([method, operation]) => operationHtml(method, path, operation));
    groups.set(tag, [...(groups.get(tag) ?? []), ...entries]);
  }
  const sections = [...groups].map(
    ([tag, entries]) => `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>${entries.join("")}`,
  );
  const schemas = Object.entries(api.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${escaped(name)}"><summary>${escaped(name)}</summary>${pre(schema)}</details>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(api.info.title)} ${escaped(api.info.version)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(api.info.title)} ${escaped(api.info.version)}</h1><p>${escaped(api.info.description)}</p>
<form method="get"><label>Microversion <select name="version">${versions(minor)}</select></label> <button>Show</button></form>
<p><a href="/ferric/v1/openapi.json?version=1.${minor}">This version as OpenAPI 3.1</a></p>
${sections.join("\n")}<h2>Schemas</h2>${schemas.join("\n")}</body></html>`;
}

function versions(chosen: number): string {
  const minors = Array.from({ length: MAX_MINOR - MIN_MINOR + 1 }, (_, index) => MAX_MINOR - index);
  return minors.map((minor) => `<option${minor === chosen ? " selected" : ""}>1.${minor}</option>`).join("");
}

interface Shown {
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: unknown }[];
  readonly requestBody?: unknown;
  readonly responses: unknown;
}

function operationHtml(method: string, path: string, operation: unknown): string {
  const { description, parameters, requestBody, responses } = operation as Shown;
  const rows = parameters.map(
    ({ name, in: place, schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}</td><td><code>${escaped(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<details><summary><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code></summary>
<p>${escaped(description)}</p><table><tr><th>Parameter</th><th>In</th><th>Schema</th></tr>${rows.join("")}</table>
${requestBody === undefined ? "" : `<h4>Body</h4>${pre(requestBody)}`}<h4>Answers</h4>${pre(responses)}</details>`;
}

function pre(value: unknown): string {
  return `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
