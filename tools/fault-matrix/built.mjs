// A command of the built service: `node built.mjs conductor OPTIONS...`. A TypeScript loader's start is not the service's,
// and the driver of the matrix is built beside these modules.
const { main } = await import("../../dist/tools/cli.js");
await main(process.argv.slice(2));
