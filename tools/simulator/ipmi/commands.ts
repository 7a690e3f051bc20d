/** All commands that the BMC knows, by network function and number. */
import type { Commands } from "./command.ts";
import { ACCOUNT_COMMANDS } from "./commands/accounts.ts";
import { APP_COMMANDS } from "./commands/app.ts";
import { CHASSIS_COMMANDS } from "./commands/chassis.ts";
import { DCMI_COMMANDS } from "./commands/dcmi.ts";
import { EVENT_LOG_COMMANDS } from "./commands/event-log.ts";
import { FRU_COMMANDS } from "./commands/fru.ts";
import { LAN_COMMANDS } from "./commands/lan.ts";
import { PAYLOAD_COMMANDS } from "./commands/payload.ts";
import { SENSOR_COMMANDS } from "./commands/sensors.ts";

export const COMMANDS: Commands = {
  ...APP_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...PAYLOAD_COMMANDS,
  ...CHASSIS_COMMANDS,
  ...SENSOR_COMMANDS,
  ...EVENT_LOG_COMMANDS,
  ...FRU_COMMANDS,
  ...LAN_COMMANDS,
  ...DCMI_COMMANDS,
};
