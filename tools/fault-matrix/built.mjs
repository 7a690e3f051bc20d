// A command of the built service (dist/), as it is released: `node built.mjs api|conductor OPTIONS...`. A TypeScript
// loader's start is not the service's.
const { main } = await import("../../dist/tools/cli.js");
await main(process.argv.slice(2));
