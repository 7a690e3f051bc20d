/** A graphical console for tests: its container shows a page of its own and asks no controller. */
import { defineInterface } from "../base/define.ts";
import { GraphicalConsole } from "../graphical/graphical-console.ts";

const APP = { name: "fake", properties: {}, info: () => ({}) };

export default defineInterface("console", "fake-graphical", (services) => new GraphicalConsole(services, APP));
