/** What the console's page makes of its URL, for tests that are no browser. */

export interface PageTarget {
  readonly node: string;
  readonly token: string;
  /** Of the web socket. */
  readonly socketUrl: string;
}

/** `at`: where the proxy listens, in place of the URL's own place. */
export function targetOfPage(page: string, at: string = page): PageTarget {
  const path = new URL(page).searchParams.get("path") ?? "";
  const inner = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  const [node, token] = [inner.get("node") ?? "", inner.get("token") ?? ""];
  const socket = new URL("websockify", `${new URL(at).origin.replace(/^http/, "ws")}/`);
  socket.search = new URLSearchParams({ node, token }).toString();
  return { node, token, socketUrl: socket.href };
}
