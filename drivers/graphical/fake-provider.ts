/** Runs nothing: consoles can be switched on and off, and lead to an address that is nobody's (RFC 5737), as in Ironic. */
import type { ContainerProvider } from "./provider.ts";

export const fakeProvider: ContainerProvider = {
  lacks: null,
  start: async () => ({ host: "192.0.2.1", port: 5900 }),
  stop: async () => {},
  stopOwn: async () => {},
};
