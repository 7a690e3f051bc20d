/**
 * Drivers of others import ours by file: these must be the modules that run, so a process that loads any runs from the
 * sources. Told before anything has begun; tools/bootstrap.mjs takes it up.
 */
import type { Config } from "../common/config/config.ts";

/** In the built program tools/bundle.mjs puts `true` in its place. */
declare const FERRIC_IS_BUILT: boolean | undefined;

export class NeedsSources extends Error {
  override readonly name = "NeedsSources";
}

export function isBuilt(): boolean {
  return typeof FERRIC_IS_BUILT !== "undefined" && FERRIC_IS_BUILT;
}

/** @throws NeedsSources */
export function refuseBuiltWithPlugins({ DEFAULT }: Pick<Config, "DEFAULT">): void {
  if (isBuilt() && DEFAULT.driver_plugins.length > 0) throw new NeedsSources("[DEFAULT]driver_plugins names modules");
}
