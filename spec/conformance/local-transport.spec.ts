/** The in-process transport keeps what every transport promises. */
import { LocalTransport } from "../../common/rpc/local.ts";
import { transportSuite } from "./transport.ts";

transportSuite({ name: "local", make: async (unexpected) => new LocalTransport(unexpected) });
