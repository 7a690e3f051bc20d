/** Ferric's own routes that are declared like those of the versioned API. They have no microversion. */
import type { Route } from "../engine/route.ts";
import { ownBmcLogRoutes } from "./own-bmc-log.ts";
import { ownLockRoutes } from "./own-locks.ts";
import { ownProgressRoutes } from "./own-progress.ts";

export const OWN_ROUTES: readonly Route[] = [...ownLockRoutes, ...ownProgressRoutes, ...ownBmcLogRoutes];
