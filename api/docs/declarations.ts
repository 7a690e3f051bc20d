/** All that the API declares, gathered for its description. A resource of a new collection is listed here. */
import { nodeTable } from "../../db/records/node-table.ts";
import * as tables from "../../db/records/tables.ts";
import { type Declarations, type OpenApi, openApiOf } from "../engine/openapi/document.ts";
import { chassis } from "../resources/chassis.ts";
import { conductor } from "../resources/conductor.ts";
import { driver } from "../resources/driver.ts";
import { node } from "../resources/node.ts";
import { port } from "../resources/port.ts";
import { portgroup } from "../resources/portgroup.ts";
import { volumeConnector, volumeTarget } from "../resources/volume.ts";
import { ROUTES } from "../routes/table.ts";

const RELEASE = "0.1.0";

export const DECLARATIONS: Declarations = {
  routes: ROUTES,
  resources: [node, port, portgroup, volumeConnector, volumeTarget, chassis, conductor, driver],
  columns: new Map([nodeTable, ...Object.values(tables)].map((table) => [table.name, table.columns])),
  release: RELEASE,
};

const texts = new Map<number, string>();

export function openApiAt(minor: number): OpenApi {
  return openApiOf(DECLARATIONS, minor);
}

/** The document as JSON text, made once a microversion. */
export function openApiText(minor: number): string {
  const known = texts.get(minor) ?? JSON.stringify(openApiAt(minor));
  texts.set(minor, known);
  return known;
}
