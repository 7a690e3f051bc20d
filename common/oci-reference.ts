/**
 * Container images named by oci:// URLs, as podman takes them. Source: the grammar of references in the OCI distribution
 * specification ("Pulling manifests") and of containers/image.
 */
export interface OciReference {
  /** Host, with its port where one is named. */
  readonly registry: string;
  /** What podman is given: registry, path, and the digest or else the tag. */
  readonly name: string;
}

const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const PATH = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;
const SCHEME = "oci://";
const LONGEST = 500;

/** What is wrong with it, in words that follow on the text; else the image. */
export function parseOciReference(text: string): OciReference | { readonly problem: string } {
  if (!text.startsWith(SCHEME)) return wrong("is no container image: give oci://REGISTRY/PATH:TAG or …@sha256:DIGEST");
  const rest = text.slice(SCHEME.length);
  if (rest.length > LONGEST) return wrong(`has more than ${LONGEST} characters`);
  const slash = rest.indexOf("/");
  const registry = slash < 0 ? rest : rest.slice(0, slash);
  if (registry.includes("@")) return wrong("holds a user name: put name and password into image_pull_secret");
  if (!HOST.test(registry)) return wrong(`names the registry "${registry.slice(0, 80)}", which is no host name`);
  // Without one of these podman takes the name for a folder of a registry of its own choice.
  if (!/[.:]/.test(registry) && registry !== "localhost")
    return wrong(`names the registry "${registry}": give its full name, with a dot or a port`);
  return slash < 0 ? wrong("names no image of the registry") : withVersion(registry, rest.slice(slash + 1));
}

function withVersion(registry: string, image: string): OciReference | { readonly problem: string } {
  const [named = "", digest] = split(image, "@");
  const [path = "", tag] = split(named, ":");
  if (!PATH.test(path))
    return wrong(`names the image "${path.slice(0, 80)}", which registries do not know such names of`);
  if (tag !== undefined && !TAG.test(tag)) return wrong(`has the tag "${tag.slice(0, 80)}", which is none`);
  if (digest !== undefined && !DIGEST.test(digest))
    return wrong(`has the digest "${digest.slice(0, 80)}": give sha256: and 64 hex digits`);
  // The digest says all that the tag could.
  const version = digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`;
  return { registry, name: `${registry}/${path}${version}` };
}

function split(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function wrong(problem: string): { readonly problem: string } {
  return { problem };
}
