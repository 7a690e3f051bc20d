/** A ComputerSystem with what belongs to it, and its power. Source: DSP2046, ComputerSystem. */
import type { Answer, Calls, ChangeOptions } from "./calls.ts";
import { found, type Look } from "./lost-answer.ts";
import type { Quirks } from "./quirks.ts";
import { isTrouble, RedfishError } from "./redfish-error.ts";
import type { Resource } from "./resource.ts";

export type ResetType =
  | "On"
  | "ForceOn"
  | "ForceOff"
  | "GracefulShutdown"
  | "PushPowerButton"
  | "ForceRestart"
  | "GracefulRestart"
  | "Nmi";

/** What may stand for another where a BMC lacks it. */
const STAND_INS: Readonly<Partial<Record<ResetType, readonly ResetType[]>>> = {
  On: ["ForceOn"],
  GracefulShutdown: ["PushPowerButton"],
  PushPowerButton: ["GracefulShutdown"],
};

/**
 * The power state that tells whether it was done, where the answer got lost; of what is not here nothing tells. `again`: it
 * may be asked for once more while the state is another one. A second press of the button may undo the first.
 */
const SEEN_BY: Readonly<Partial<Record<ResetType, { readonly power: "on" | "off"; readonly again: boolean }>>> = {
  On: { power: "on", again: true },
  ForceOn: { power: "on", again: true },
  ForceOff: { power: "off", again: true },
  GracefulShutdown: { power: "off", again: true },
  PushPowerButton: { power: "off", again: false },
};

export class System {
  readonly resource: Resource;
  readonly quirks: Quirks;
  /** As `vendorOf` names it. */
  readonly vendor: string | null;

  constructor(resource: Resource, quirks: Quirks, vendor: string | null) {
    this.resource = resource;
    this.quirks = quirks;
    this.vendor = vendor;
  }

  get calls(): Calls {
    return this.resource.calls;
  }

  get path(): string {
    return this.resource.path;
  }

  /** Read again. @throws RedfishError */
  async refresh(): Promise<System> {
    return new System(await this.resource.refresh(), this.quirks, this.vendor);
  }

  /** Machines that are on their way down still have power. @throws RedfishError for what is no power state */
  powerState(): "on" | "off" {
    const state = this.resource.needText("PowerState");
    if (state === "Off") return "off";
    if (["On", "PoweringOn", "PoweringOff", "Paused"].includes(state)) return "on";
    throw new RedfishError("malformed", `${this.path}: PowerState is "${state}"; expected On or Off`);
  }

  /** @throws RedfishError, also naming what the BMC can do instead */
  async reset(wanted: ResetType, options: Omit<ChangeOptions, "look"> = {}): Promise<Answer> {
    const allowed = await this.#resetTypes();
    const choices = [wanted, ...(STAND_INS[wanted] ?? [])];
    const type = allowed === null ? wanted : choices.find((one) => allowed.includes(one));
    if (type === undefined)
      throw new RedfishError("unsupported", `the BMC offers no reset ${wanted}; it has ${allowed?.join(", ")}`);
    const look = this.#lookAfter(type);
    return await this.resource.act(
      "ComputerSystem.Reset",
      { ResetType: type },
      { ...options, ...(look === null ? {} : { look }) },
    );
  }

  #lookAfter(type: ResetType): Look | null {
    const seen = SEEN_BY[type];
    if (seen === undefined) return null;
    return async () => {
      const now = await this.refresh();
      // Machines on their way down still have power, and need not be told again.
      const goes = now.resource.text("PowerState") === "PoweringOff" ? "off" : now.powerState();
      return goes === seen.power || seen.again ? found(goes === seen.power) : "unknown";
    };
  }

  /** The BMCs of this machine, the first one first. @throws RedfishError */
  async managers(): Promise<readonly Resource[]> {
    const links = this.resource.object("Links").links("ManagedBy");
    const root = links.length > 0 ? null : await this.calls.root();
    const all = root?.link("Managers") ?? null;
    return await this.#each(all === null ? links : await this.calls.memberPaths(all));
  }

  /** @throws RedfishError when there is none */
  async manager(): Promise<Resource> {
    const [first] = await this.managers();
    if (first === undefined) throw new RedfishError("missing", `${this.path} names no manager`);
    return first;
  }

  async chassis(): Promise<readonly Resource[]> {
    return await this.#each(this.resource.object("Links").links("Chassis"));
  }

  /** Null: the BMC does not say. */
  async #resetTypes(): Promise<readonly string[] | null> {
    const action = this.resource.action("ComputerSystem.Reset");
    const inline = action?.allowable("ResetType") ?? null;
    const info = action?.link("@Redfish.ActionInfo") ?? null;
    if (inline !== null || info === null) return inline;
    const found = await this.calls.find(info);
    const parameter = found?.objects("Parameters").find((one) => one.text("Name") === "ResetType");
    const values = parameter?.texts("AllowableValues") ?? [];
    return values.length === 0 ? null : values;
  }

  /** Links that lead nowhere are left out: some BMCs name chassis that they do not have. */
  async #each(paths: readonly string[]): Promise<readonly Resource[]> {
    const found: Resource[] = [];
    for (const path of paths) {
      try {
        found.push(await this.calls.get(path));
      } catch (error) {
        if (!isTrouble(error, "missing")) throw error;
      }
    }
    return found;
  }
}
