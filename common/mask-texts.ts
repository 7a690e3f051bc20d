/** Secrets in texts that were written by others: answers of controllers, requests in words, addresses with credentials. */
import { isSecretKey, MASK } from "./secrets.ts";

/** `"Name": "value"` and `"Name": 5`, as JSON has them, cut off or not. */
const JSON_PAIR = /"([^"\\]{1,64})"(\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]"]+)/g;
/** `name=value`, `name: value` in words. */
const WORD_PAIR = /\b([A-Za-z][\w-]{2,63})(\s*=\s*|:\s+)("[^"]*"?|'[^']*'?|[^\s,;&'"]+)/g;
/** Of a header, to its end: schemes have parameters. */
const HEADER = /\b(authorization|x-auth-token|cookie|set-cookie|proxy-authorization)(\s*[:=]\s*)([^\r\n]+)/gi;
const URL_LOGIN = /\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/@]+@/gi;
/** What has no name in common.secrets but tells a secret in protocols: session tokens, keys, communities. */
const MORE = /^(x-auth-token|token|session_?key|api_?key|community|passphrase|pass|pwd|nonce_?key|kg|sessiontoken)$/i;

/** A copy with what looks like a secret replaced by the mask. */
export function maskTexts(text: string): string {
  return text
    .replace(URL_LOGIN, `$1${MASK}@`)
    .replace(HEADER, `$1$2${MASK}`)
    .replace(JSON_PAIR, (pair, name: string, between: string) =>
      isSecret(name) ? `"${name}"${between}"${MASK}"` : pair,
    )
    .replace(WORD_PAIR, (pair, name: string, between: string) => (isSecret(name) ? `${name}${between}${MASK}` : pair));
}

function isSecret(name: string): boolean {
  return MORE.test(name) || isSecretKey(name.replaceAll("-", "_"));
}
