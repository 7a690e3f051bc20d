/** The checks of `ferric doctor`, in the order of the table. A new one is a file and a line here. */
import type { Check } from "./check.ts";
import { authentication } from "./checks/authentication.ts";
import { bootPrograms } from "./checks/boot-programs.ts";
import { build } from "./checks/build.ts";
import { certificates } from "./checks/certificates.ts";
import { clock } from "./checks/clock.ts";
import { configuration } from "./checks/configuration.ts";
import { database } from "./checks/database.ts";
import { diskSpace } from "./checks/disk-space.ts";
import { node } from "./checks/node.ts";
import { permissions } from "./checks/permissions.ts";
import { ports } from "./checks/ports.ts";
import { processes } from "./checks/processes.ts";
import { programs } from "./checks/programs.ts";
import { ramdisk } from "./checks/ramdisk.ts";
import { redis } from "./checks/redis.ts";

export const CHECKS: readonly Check[] = [
  configuration,
  node,
  build,
  permissions,
  diskSpace,
  ports,
  programs,
  bootPrograms,
  certificates,
  clock,
  database,
  processes,
  redis,
  authentication,
  ramdisk,
];
