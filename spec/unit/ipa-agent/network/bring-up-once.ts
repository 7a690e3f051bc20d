/** Brings up a network as the agent does: bring-up-once.ts NETWORK_DATA RESOLV_CONF. For a namespace of its own. */
import { createJournal } from "../../../../ipa-agent/journal.ts";
import { bringUpNetwork } from "../../../../ipa-agent/network/bring-up.ts";

const [, , file = "", resolvConf = ""] = process.argv;
const journal = createJournal({ consoles: [], debug: false });
const pause = async () => {};
if (!(await bringUpNetwork({ files: ["/nowhere", file], journal, pause, resolvConf }))) process.exitCode = 3;
