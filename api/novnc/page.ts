/** The page that shows a console in a browser, by the library noVNC. Nothing of it comes from elsewhere. */

const STYLE = `html,body{height:100%;margin:0;background:#1b1f24;color:#e6edf3;font:14px/1.4 system-ui,sans-serif}
body{display:flex;flex-direction:column}header{display:flex;gap:.75rem;align-items:center;padding:.35rem .75rem;background:#0d1117}
#status{flex:1;overflow:hidden;text-overflow:ellipsis}#screen{flex:1;min-height:0;overflow:hidden}
button{font:inherit;color:inherit;background:#30363d;border:1px solid #484f58;border-radius:4px;padding:.2rem .6rem;cursor:pointer}`;

export const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Console</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="console.css"></head><body>
<header><span id="status" role="status">Connecting</span>
<button id="keys" type="button" hidden>Send Ctrl+Alt+Del</button><button id="full" type="button">Full screen</button></header>
<main id="screen"></main><script type="module" src="console.js"></script></body></html>
`;

/**
 * Node and token come in the page's URL as Ironic writes them, ?path=websockify?node=...&token=...; nothing else of it is
 * used, so that no link leads this page to another server. Why a console was refused only a second request can tell.
 */
const SCRIPT = `import RFB from "./novnc/core/rfb.js";
const given = new URLSearchParams(location.search);
const inner = new URLSearchParams((given.get("path") ?? "").replace(/^[^?]*\\?/, ""));
const wanted = (name) => inner.get(name) ?? given.get(name) ?? "";
const target = new URL("websockify", location.href);
target.search = new URLSearchParams({ node: wanted("node"), token: wanted("token") });
const socket = new URL(target);
socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";
const status = document.getElementById("status");
const keys = document.getElementById("keys");
const say = (text) => { status.textContent = text; };
const rfb = new RFB(document.getElementById("screen"), socket.href, { shared: true });
rfb.scaleViewport = true;
let name = "Console";
let open = false;
rfb.addEventListener("connect", () => { open = true; keys.hidden = false; say(name); });
rfb.addEventListener("desktopname", (event) => { name = event.detail.name; document.title = name; if (open) say(name); });
rfb.addEventListener("credentialsrequired", () => say("This VNC server asks for a password; consoles of this service have none."));
rfb.addEventListener("securityfailure", (event) => say("The VNC server refused: " + (event.detail.reason ?? "no reason given")));
rfb.addEventListener("disconnect", async () => {
  keys.hidden = true;
  say("The connection has ended.");
  try {
    const answer = await fetch(target);
    if (answer.status !== 426) say(await answer.text());
    else say("The connection has ended; load this page again to go on.");
  } catch { say("The service cannot be reached."); }
});
keys.addEventListener("click", () => { rfb.sendCtrlAltDel(); rfb.focus(); });
document.getElementById("full").addEventListener("click", () => document.getElementById("screen").requestFullscreen());
`;

/** By path. */
export const PAGE_FILES: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ...["/vnc_auto.html", "/vnc_lite.html", "/vnc.html"].map(
    (path) => [path, { type: "text/html; charset=utf-8", body: PAGE }] as const,
  ),
  ["/console.css", { type: "text/css; charset=utf-8", body: STYLE }],
  ["/console.js", { type: "text/javascript; charset=utf-8", body: SCRIPT }],
]);

/**
 * Content-Security-Policy of the page. 'self' means web sockets of the same place only in newer browsers: for the others
 * the place is named as the browser has called it.
 */
export function pagePolicy(host: string | undefined): string {
  const place = /^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9A-Fa-f:.]+\](:\d+)?$/.test(host ?? "")
    ? ` ws://${host} wss://${host}`
    : "";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'${place}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
