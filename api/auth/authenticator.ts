/** What every way of authenticating answers: who calls, or a refusal. One is made for [DEFAULT]auth_strategy at start. */
import type { IncomingHttpHeaders } from "node:http";
import type { Identity } from "../../common/identity.ts";

/** What of a request tells who sends it. */
export interface Caller {
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Authenticator extends AsyncDisposable {
  /** @throws AuthRefused; AuthenticationUnavailable (503) when it cannot be found out now */
  authenticate(caller: Caller): Promise<Identity>;
}
