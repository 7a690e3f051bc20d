/** Follows ferric's event stream (Server-Sent Events) into a list, reconnecting until told to stop. */
import type { FerricEvent } from "../../../common/events.ts";

export async function follow(
  url: string,
  into: FerricEvent[],
  signal: AbortSignal,
  credentials: Readonly<Record<string, string>> = {},
): Promise<void> {
  const seen = new Set<string>();
  while (!signal.aborted) {
    try {
      const answer = await fetch(url, { signal, headers: { accept: "text/event-stream", ...credentials } });
      let rest = "";
      for await (const chunk of (answer.body ?? new ReadableStream<Uint8Array>()).pipeThrough(
        new TextDecoderStream(),
      )) {
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) keep(part, into, seen);
      }
    } catch {
      // Ferric restarts in some scenarios; the next round connects again.
    }
    if (!signal.aborted) await new Promise((ok) => setTimeout(ok, 200));
  }
}

function keep(part: string, into: FerricEvent[], seen: Set<string>): void {
  const data = part
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("");
  if (data === "" || seen.has(data)) return;
  seen.add(data);
  into.push(JSON.parse(data) as FerricEvent);
}
