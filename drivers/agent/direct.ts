/**
 * Deploy interface `direct`: the ramdisk's agent fetches a whole-disk image and writes it. Also the home of in-band
 * cleaning and servicing. Order and commands as in the contract's recordings agent-deploy and agent-cleaning.
 */
import { imageAccess } from "../../common/image-access.ts";
import type { Node } from "../../common/objects/node.ts";
import type { State } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { AgentWork, DeployInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { wantedBootMode } from "../boot-mode.ts";
import { canSwitchOff, ensureFreshStart, ensureOff, powerTo } from "../power-to.ts";
import { AgentSteps } from "./agent-steps.ts";
import { AgentClient } from "./client.ts";
import { checkConfigDrive } from "./config-drive.ts";
import { erasureSettings } from "./erasure.ts";
import { bootInstance, type Finishing, prepareBoot, switchToTenantNetwork, tearDownAgent } from "./finish-deploy.ts";
import { forgetAgent } from "./forget-agent.ts";
import { prepareImage, readWantedImage } from "./image-info.ts";
import { AGENT_PROPERTIES } from "./properties.ts";
import { ramdiskParams } from "./ramdisk-params.ts";
import { checkRootDeviceHints } from "./root-device.ts";
import { ramdiskRuns } from "./running-ramdisk.ts";
import type { STEP_ARGUMENTS } from "./step-arguments.ts";

const RAMDISK_WAITS: readonly State[] = ["wait call-back", "clean wait", "service wait"];

/** What sets the deploy interfaces of the agent apart. */
export interface AgentDeployKind {
  /** What puts the instance on the disk; null: only steps of users and hardware managers do. */
  readonly install: Installation | null;
  /** Of the conductor, behind the installation. */
  readonly bootSteps: readonly BootStep[];
}

interface Installation {
  /** Of the conductor; the agent's, which it starts, has the same name. */
  readonly step: keyof typeof STEP_ARGUMENTS;
  /** @throws MissingParameterValue, InvalidParameterValue and others of a request */
  check(node: Node, services: DriverServices): void;
  /** Before the ramdisk boots. */
  prepare(task: Task, services: DriverServices): Promise<void>;
}

interface BootStep {
  readonly step: string;
  run(task: Task, finishing: Finishing): Promise<void>;
}

const PREPARE_BOOT: BootStep = { step: "prepare_instance_boot", run: prepareBoot };

export const WRITES_IMAGE: AgentDeployKind = {
  install: { step: "write_image", check: readWantedImage, prepare: prepareImage },
  bootSteps: [PREPARE_BOOT],
};
export const WRITES_NOTHING: AgentDeployKind = { install: null, bootSteps: [PREPARE_BOOT] };

export class AgentDeploy implements DeployInterface {
  readonly properties = AGENT_PROPERTIES;
  readonly steps: readonly StepDef[];
  readonly agent: AgentWork;
  readonly #services: DriverServices;
  readonly #finishing: Finishing;
  readonly #kind: AgentDeployKind;

  constructor(kind: AgentDeployKind, services: DriverServices) {
    const client = new AgentClient(services);
    this.#kind = kind;
    this.#services = services;
    this.#finishing = { client, services };
    this.agent = new AgentSteps(client, services);
    this.steps = this.#deploySteps();
  }

  #deploySteps(): readonly StepDef[] {
    const step = (name: string, priority: number, run: (task: Task) => Promise<StepOutcome>): StepDef => ({
      step: name,
      flows: { deploy: priority },
      abortable: true,
      run,
    });
    const then =
      (work: (task: Task, finishing: Finishing) => Promise<void>) =>
      async (task: Task): Promise<StepOutcome> => {
        await work(task, this.#finishing);
        return "done";
      };
    const { install, bootSteps } = this.#kind;
    return [
      step("deploy", 100, (task) => this.#bootRamdisk(task)),
      ...(install === null ? [] : [step(install.step, 80, (task) => this.#install(task, install.step))]),
      ...bootSteps.map((one) => step(one.step, 60, then(one.run))),
      step(
        "tear_down_agent",
        40,
        then((task) => this.#tearDownAgent(task)),
      ),
      step("switch_to_tenant_network", 30, then(switchToTenantNetwork)),
      step("boot_instance", 20, then(bootInstance)),
    ];
  }

  async validate(task: Task): Promise<void> {
    await task.driver.boot.validate(task);
    this.#kind.install?.check(task.node, this.#services);
    checkRootDeviceHints(task.node);
    checkConfigDrive(task.node, imageAccess(this.#services.config));
    wantedBootMode(task.node);
    ramdiskParams(task, this.#services.config);
  }

  async prepare(task: Task): Promise<void> {
    await this.#kind.install?.prepare(task, this.#services);
    const runs = await ramdiskRuns(task, this.#services);
    if (!runs) await ensureOff(task);
    await task.ensureLock();
    await task.driver.network.addProvisioningNetwork(task);
    await this.#prepareRamdisk(task, runs);
  }

  /** Also for a ramdisk that runs already: should it have to start again, it finds its way back. */
  async #prepareRamdisk(task: Task, runs: boolean): Promise<void> {
    if (runs) await task.remember({ agent_command: undefined });
    else await forgetAgent(task);
    await task.driver.boot.prepareRamdisk(task, ramdiskParams(task, this.#services.config), "deploy");
  }

  async #bootRamdisk(task: Task): Promise<StepOutcome> {
    if (await ramdiskRuns(task, this.#services)) return "done";
    await ensureFreshStart(task);
    return "wait";
  }

  async #install(task: Task, step: string): Promise<StepOutcome> {
    return this.agent.startStep(task, "deploy", { interface: "deploy", step, priority: 80 });
  }

  async #tearDownAgent(task: Task): Promise<void> {
    if (this.#services.config.agent.deploy_logs_collect === "always") await this.agent.collectLogs(task, "deployed");
    await tearDownAgent(task, this.#finishing);
    await this.#services.boot.withdraw(task.node.uuid, ["image"]);
  }

  async tearDown(task: Task): Promise<StepOutcome> {
    if (canSwitchOff(task)) await powerTo(task, "power off");
    await task.driver.network.unconfigureTenantNetworks(task);
    return "done";
  }

  async cleanUp(task: Task): Promise<void> {
    await task.ensureLock();
    await task.driver.boot.cleanUpRamdisk(task, "deploy");
    await task.driver.boot.cleanUpInstance(task);
    await this.#services.boot.withdraw(task.node.uuid, ["image"]);
    await task.driver.network.removeProvisioningNetwork(task);
    await task.remember({ agent_image_hash: undefined, agent_command: undefined });
  }

  /** Boot files lie in the database, so only a machine that has not called in yet may miss something. */
  async takeOver(task: Task): Promise<void> {
    const waits = RAMDISK_WAITS.includes(task.node.provision_state);
    if (waits && typeof task.node.driver_internal_info.agent_url !== "string")
      await task.driver.boot.prepareRamdisk(task, ramdiskParams(task, this.#services.config), "deploy");
  }

  async prepareCleaning(task: Task, flow: "clean" | "service"): Promise<StepOutcome> {
    const { network } = task.driver;
    await task.remember(erasureSettings(this.#services.config));
    const runs = flow === "clean" && (await ramdiskRuns(task, this.#services));
    if (!runs) await ensureOff(task);
    await task.ensureLock();
    if (flow === "clean") await network.addCleaningNetwork(task);
    else {
      await network.unconfigureTenantNetworks(task);
      await network.addServicingNetwork(task);
    }
    await this.#prepareRamdisk(task, runs);
    if (runs) return "done";
    await ensureFreshStart(task);
    return "wait";
  }

  async tearDownCleaning(task: Task, flow: "clean" | "service"): Promise<void> {
    const { boot, network } = task.driver;
    const stays = flow === "clean" && (await ramdiskRuns(task, this.#services));
    if (!stays) await ensureOff(task);
    await task.ensureLock();
    await boot.cleanUpRamdisk(task, "deploy");
    if (flow === "clean") {
      await network.removeCleaningNetwork(task);
      return;
    }
    await network.removeServicingNetwork(task);
    await network.configureTenantNetworks(task);
    await boot.prepareInstance(task);
    await bootInstance(task);
  }
}

export default defineInterface("deploy", "direct", (services) => new AgentDeploy(WRITES_IMAGE, services));
