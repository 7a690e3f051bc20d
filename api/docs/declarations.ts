/** All that the API declares, gathered for its description. A resource of a new collection is listed here. */

import { inspectionRuleTable } from "../../db/records/inspection-tables.ts";
import * as named from "../../db/records/named-tables.ts";
import { nodeTable } from "../../db/records/node-table.ts";
import * as tables from "../../db/records/tables.ts";
import { type Declarations, type OpenApi, openApiOf } from "../engine/openapi/document.ts";
import { allocation } from "../resources/allocation.ts";
import { chassis } from "../resources/chassis.ts";
import { conductor } from "../resources/conductor.ts";
import { deployTemplate } from "../resources/deploy-template.ts";
import { driver } from "../resources/driver.ts";
import { inspectionRule } from "../resources/inspection-rule.ts";
import { node } from "../resources/node.ts";
import { port } from "../resources/port.ts";
import { portgroup } from "../resources/portgroup.ts";
import { runbook } from "../resources/runbook.ts";
import { volumeConnector, volumeTarget } from "../resources/volume.ts";
import { OWN_ROUTES } from "../routes/own-table.ts";
import { ROUTES } from "../routes/table.ts";

const RELEASE = "0.1.0";
const MOST_TEXTS = 4;

export const DECLARATIONS: Declarations = {
  routes: [...ROUTES, ...OWN_ROUTES],
  resources: [
    ...[node, port, portgroup, volumeConnector, volumeTarget, chassis, conductor, driver],
    ...[allocation, deployTemplate, runbook, inspectionRule],
  ],
  columns: new Map(
    [nodeTable, inspectionRuleTable, ...Object.values(named), ...Object.values(tables)].map((table) => [
      table.name,
      table.columns,
    ]),
  ),
  release: RELEASE,
};

const texts = new Map<number, string>();

export function openApiAt(minor: number): OpenApi {
  return openApiOf(DECLARATIONS, minor);
}

/** The document as JSON text; those asked for last are kept. */
export function openApiText(minor: number): string {
  const text = texts.get(minor) ?? JSON.stringify(openApiAt(minor));
  texts.delete(minor);
  texts.set(minor, text);
  const [oldest] = texts.keys();
  if (texts.size > MOST_TEXTS && oldest !== undefined) texts.delete(oldest);
  return text;
}
