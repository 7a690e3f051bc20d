/** All resources of the Redfish face. */
import type { Resource } from "./exchange.ts";
import { BIOS_RESOURCES } from "./resources/bios.ts";
import { CHASSIS_RESOURCES } from "./resources/chassis.ts";
import { COMPONENT_RESOURCES } from "./resources/components.ts";
import { EVENT_RESOURCES } from "./resources/events.ts";
import { LOG_RESOURCES } from "./resources/logs.ts";
import { MANAGER_RESOURCES } from "./resources/managers.ts";
import { MEDIA_RESOURCES } from "./resources/media.ts";
import { NETWORK_RESOURCES } from "./resources/network.ts";
import { SECURE_BOOT_RESOURCES } from "./resources/secure-boot.ts";
import { SENSOR_RESOURCES } from "./resources/sensors.ts";
import { SERVICE_RESOURCES } from "./resources/service.ts";
import { SESSION_RESOURCES } from "./resources/sessions.ts";
import { STORAGE_RESOURCES } from "./resources/storage.ts";
import { SYSTEM_RESOURCES } from "./resources/systems.ts";
import { UPDATE_RESOURCES } from "./resources/update.ts";

export const RESOURCES: readonly Resource[] = [
  ...SERVICE_RESOURCES,
  ...SESSION_RESOURCES,
  ...SYSTEM_RESOURCES,
  ...BIOS_RESOURCES,
  ...SECURE_BOOT_RESOURCES,
  ...COMPONENT_RESOURCES,
  ...STORAGE_RESOURCES,
  ...NETWORK_RESOURCES,
  ...LOG_RESOURCES,
  ...CHASSIS_RESOURCES,
  ...SENSOR_RESOURCES,
  ...MANAGER_RESOURCES,
  ...MEDIA_RESOURCES,
  ...UPDATE_RESOURCES,
  ...EVENT_RESOURCES,
];
