/** What devices answer that switch machines: AMT's challenges and envelopes, an iBoot's bytes. */

import { SshFailure } from "../../../common/errors/power-switches.ts";
import { authorization, challengeOf } from "../../../drivers/amt/client/digest.ts";
import { elementText, soapFault } from "../../../drivers/amt/client/envelope.ts";
import { type Conversation, Refusal } from "../../../drivers/iboot/conversation.ts";
import { directTcp } from "../../../drivers/iboot/direct-tcp.ts";
import { dxpRead, dxpSwitch } from "../../../drivers/iboot/dxp.ts";
import { definitionWithBoot } from "../../../drivers/ssh/definition.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const LOGIN = { username: 'ad"min', password: "s3cret-pass" };

const amt: Target = {
  name: "AMT answer",
  what: "drivers/amt/client: challenge read and answered, envelope read; drivers/ssh: a domain's definition with another boot order",
  seeds: [
    'Digest realm="Digest:A40700000000", nonce="aGVsbG8=",stale="false",qop="auth"',
    'Basic realm="x", Digest realm="y", nonce="n", qop="auth, auth-int", algorithm=SHA-256, opaque="o"',
    "<a:Envelope><a:Body><g:X><g:PowerState>8</g:PowerState><g:ReturnValue>0</g:ReturnValue></g:X></a:Body></a:Envelope>",
    '<a:Envelope><a:Body><a:Fault><a:Reason><a:Text xml:lang="en">no</a:Text></a:Reason></a:Fault></a:Body></a:Envelope>',
    "<domain><os><type>hvm</type><boot dev='hd'/></os></domain>",
  ].map((text) => Buffer.from(text)),
  words: [
    'nonce="',
    'qop="auth"',
    "Digest ",
    "algorithm=",
    ",",
    '"',
    "\\",
    "<a:",
    "PowerState>",
    "</",
    "<boot ",
    "</os>",
    "<os>",
    "$&",
    "\r\n",
  ],
  run(input) {
    const text = input.toString("utf8");
    const challenge = challengeOf(text);
    if (challenge !== null) {
      const header = authorization(challenge, LOGIN, { method: "POST", uri: "/wsman", count: 1 });
      hold(!header.includes(LOGIN.password), "a password in the header");
      hold(!header.includes(LOGIN.username), "a user's name that ends its own quotes");
    }
    for (const name of ["PowerState", "ReturnValue"]) {
      const value = elementText(text, name);
      hold(value === null || !value.includes("<"), "a value with an element in it");
    }
    hold((soapFault(text)?.length ?? 0) <= 200, "a long fault");
    const defined = unlessRefused(() => definitionWithBoot(text, "network"), SshFailure.matches);
    hold(
      defined === undefined || /<boot dev='network'\/>\s*<\/os>/.test(defined),
      "a definition without its boot device",
    );
  },
};

/** All that the other side will ever say. */
function saying(bytes: Buffer): Conversation {
  return { send: () => {}, heard: async () => bytes };
}

const isRefusal = (error: unknown) =>
  error instanceof Refusal ||
  (error instanceof Error && /^it (is busy|closed the connection without)/.test(error.message));

const iboot: Target = {
  name: "iBoot answer",
  what: "drivers/iboot: greeting and outlets over DxP, the word of the direct protocol",
  seeds: [
    Buffer.from([1, 0, 0, 1, 1]),
    Buffer.from([255, 255, 0]),
    Buffer.from("ON"),
    Buffer.from("OFF\r\n"),
    Buffer.from("BUSY"),
  ],
  words: ["ON", "OFF", "CYCLE", "BUSY", Buffer.from([0]), Buffer.from([1]), Buffer.from([2])],
  async run(input) {
    for (const ask of [
      () => dxpRead(saying(input), LOGIN, 3),
      () => dxpSwitch(saying(input), LOGIN, 3, true),
      () => directTcp(saying(input), LOGIN.password, "q"),
    ])
      try {
        await ask();
      } catch (error) {
        if (!isRefusal(error)) throw error;
        hold(/^[\x20-\x7e]*$/.test((error as Error).message), "a character that is not printable in what is told");
      }
  },
};

export const powerSwitchTargets: readonly TargetKind[] = [amt, iboot].map((target) => ({
  name: target.name,
  open: () => target,
}));
