/** What runs the containers with consoles' VNC servers, as [vnc]container_provider names it; one of them a conductor. */
import type { ConsoleAccess } from "../../common/console-access.ts";
import type { JsonObject } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import { ContainerProgram } from "./container-program.ts";
import { fakeProvider } from "./fake-provider.ts";
import { SystemdUnits } from "./systemd-units.ts";

/** Environment of the container image, as Ironic's images read it: APP, APP_INFO (JSON) and READ_ONLY. */
export interface ContainerOrder {
  /** UUID. */
  readonly node: string;
  readonly app: string;
  /** With secrets: for the container's environment only. */
  readonly info: JsonObject;
}

export type VncAddress = Pick<ConsoleAccess, "host" | "port">;

export interface ContainerProvider {
  /** What the configuration lacks, with a remedy; null when nothing does. */
  readonly lacks: string | null;
  /** Replaces a container of the node. Resolves once the VNC server answers. @throws ConsoleContainerFailure; nothing runs then */
  start(order: ContainerOrder, signal: AbortSignal): Promise<VncAddress>;
  /** Whoever runs it; also when there is none. @throws ConsoleContainerFailure */
  stop(node: string): Promise<void>;
  /** What this conductor runs, or a former process of it: all, or for one node. Others' are left alone. @throws ConsoleContainerFailure */
  stopOwn(node: string | null): Promise<void>;
}

export function providerOf({ config, log }: Pick<DriverServices, "config" | "log">): ContainerProvider {
  switch (config.vnc.container_provider) {
    case "fake":
      return fakeProvider;
    case "systemd":
      return new SystemdUnits(config, log);
    case "container":
      return new ContainerProgram(config, log);
  }
}
