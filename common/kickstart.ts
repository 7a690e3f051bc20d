/** A kickstart as data: it is rendered while it is read, so that neither token nor config drive is kept with the boot files. */
export interface KickstartSource {
  readonly kind: "kickstart";
  /** The template in the conductor's cache, held to its content; null: the configured one, else ferric's own. */
  readonly template: { readonly url: string; readonly sha256: string } | null;
  /** Values under `ks_options`, without secrets. */
  readonly values: Readonly<Record<string, string>>;
}
