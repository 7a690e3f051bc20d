/**
 * Deploy interface `bootc`: the instance is a bootable container (https://bootc-dev.github.io/bootc/). The agent fetches it
 * from its registry, and the `bootc` inside installs it on the disk, which it takes whole.
 */
import { defineInterface } from "../base/define.ts";
import { checkContainerImage, prepareContainerImage } from "./container-image.ts";
import { AgentDeploy, type AgentDeployKind } from "./direct.ts";

const BOOTC: AgentDeployKind = {
  install: { step: "execute_bootc_install", check: checkContainerImage, prepare: prepareContainerImage },
  bootSteps: [
    // The container's own installer has set up the boot loader; the step is there for those who name it.
    { step: "prepare_instance_boot", run: async () => {} },
    { step: "set_boot_to_disk", run: (task) => task.driver.boot.prepareInstance(task) },
  ],
};

export default defineInterface("deploy", "bootc", (services) => new AgentDeploy(BOOTC, services));
