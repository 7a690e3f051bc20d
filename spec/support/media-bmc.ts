/** A BMC that speaks as much Redfish as virtual media need: two drives at its manager, a boot source, and moods. */
import http from "node:http";
import type { AddressInfo } from "node:net";

interface Drive {
  image: string | null;
  readonly types: readonly string[];
}

const SYSTEM = "/redfish/v1/Systems/1";
const MANAGER = "/redfish/v1/Managers/1";

export class MediaBmc implements AsyncDisposable {
  readonly drives = new Map<string, Drive>([
    ["Cd", { image: null, types: ["CD", "DVD"] }],
    ["Removable", { image: null, types: ["Floppy", "USBStick"] }],
  ]);
  /** What changed, in order. */
  readonly done: string[] = [];
  boot: Record<string, unknown> = { BootSourceOverrideTarget: "None", BootSourceOverrideEnabled: "Disabled" };
  /** So many changes are answered 503 first. */
  busy = 0;
  /** Changes are answered with this status. */
  refuses: number | null = null;
  /** In words. */
  answers = "no";
  /** Images are changed by PATCH, as older firmware has it. */
  byPatch = false;
  readonly #server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
      const [status, answer] = this.#answer(request.method ?? "", (request.url ?? "").replace(/\/$/, ""), body);
      const headers = { "content-type": "application/json", ...(status === 503 ? { "retry-after": "0" } : {}) };
      response.writeHead(status, headers).end(answer === null ? undefined : JSON.stringify(answer));
    });
  });

  static async start(): Promise<MediaBmc> {
    const bmc = new MediaBmc();
    await new Promise<void>((ok) => bmc.#server.listen(0, "127.0.0.1", ok));
    return bmc;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  imageOf(drive: string): string | null {
    return this.drives.get(drive)?.image ?? null;
  }

  #answer(method: string, path: string, body: Record<string, unknown>): [number, object | null] {
    if (method === "GET") return this.#read(path);
    if (this.busy > 0) {
      this.busy -= 1;
      return [503, { error: { code: "Base.1.0.ServiceTemporarilyUnavailable", message: "busy" } }];
    }
    if (this.refuses !== null)
      return [this.refuses, { error: { code: "Base.1.0.GeneralError", message: this.answers } }];
    if (path === SYSTEM) {
      this.boot = { ...this.boot, ...(body.Boot as object) };
      this.done.push(`boot ${this.boot.BootSourceOverrideTarget}`);
      return [204, null];
    }
    const [, name = "", action] = /VirtualMedia\/(\w+)(?:\/Actions\/VirtualMedia\.(\w+))?$/.exec(path) ?? [];
    const drive = this.drives.get(name);
    if (drive === undefined) return [404, null];
    drive.image = action === "EjectMedia" ? null : ((body.Image ?? null) as string | null);
    this.done.push(`${drive.image === null ? "eject" : "insert"} ${name}`);
    return [204, null];
  }

  #read(path: string): [number, object | null] {
    const link = (to: string) => ({ "@odata.id": to });
    if (path === "/redfish/v1")
      return [200, { Systems: link("/redfish/v1/Systems"), Managers: link("/redfish/v1/Managers") }];
    if (path === "/redfish/v1/Systems") return [200, { Members: [link(SYSTEM)] }];
    if (path === SYSTEM)
      return [
        200,
        { "@odata.id": SYSTEM, Id: "1", PowerState: "Off", Boot: this.boot, Links: { ManagedBy: [link(MANAGER)] } },
      ];
    if (path === MANAGER)
      return [200, { "@odata.id": MANAGER, Id: "1", VirtualMedia: link(`${MANAGER}/VirtualMedia`) }];
    if (path === `${MANAGER}/VirtualMedia`)
      return [200, { Members: [...this.drives.keys()].map((name) => link(`${MANAGER}/VirtualMedia/${name}`)) }];
    const name = path.split("/").at(-1) ?? "";
    const drive = path.startsWith(`${MANAGER}/VirtualMedia/`) ? this.drives.get(name) : undefined;
    return drive === undefined ? [404, null] : [200, this.#shown(path, name, drive)];
  }

  #shown(path: string, name: string, { image, types }: Drive): object {
    const action = (verb: string) => ({
      [`#VirtualMedia.${verb}`]: { target: `${path}/Actions/VirtualMedia.${verb}` },
    });
    return {
      ...{ "@odata.id": path, Id: name, Name: name, MediaTypes: types, Image: image, Inserted: image !== null },
      ...(this.byPatch ? {} : { Actions: { ...action("InsertMedia"), ...action("EjectMedia") } }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
