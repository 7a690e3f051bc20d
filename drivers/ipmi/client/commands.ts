/** The commands that the client knows, with their numbers (IPMI 2.0, appendix G; the section of each beside it). */
import type { IpmiCommand } from "./message.ts";

const [CHASSIS, SENSOR, APP, STORAGE, TRANSPORT, GROUP] = [0x00, 0x04, 0x06, 0x0a, 0x0c, 0x2c];

export const COMMANDS = {
  /** 28.2 */
  getChassisStatus: { name: "Get Chassis Status", netFn: CHASSIS, cmd: 0x01, forUsers: true },
  /** 28.3 */
  chassisControl: { name: "Chassis Control", netFn: CHASSIS, cmd: 0x02 },
  /** 28.5 */
  chassisIdentify: { name: "Chassis Identify", netFn: CHASSIS, cmd: 0x04 },
  /** 28.12 */
  setBootOptions: { name: "Set System Boot Options", netFn: CHASSIS, cmd: 0x08 },
  /** 28.13 */
  getBootOptions: { name: "Get System Boot Options", netFn: CHASSIS, cmd: 0x09 },
  /** 20.1 */
  getDeviceId: { name: "Get Device ID", netFn: APP, cmd: 0x01, forUsers: true },
  /** 20.2 */
  coldReset: { name: "Cold Reset", netFn: APP, cmd: 0x02 },
  /** 20.3 */
  warmReset: { name: "Warm Reset", netFn: APP, cmd: 0x03 },
  /** 22.13 */
  getAuthCapabilities: { name: "Get Channel Authentication Capabilities", netFn: APP, cmd: 0x38 },
  /** 22.26 */
  setUserAccess: { name: "Set User Access", netFn: APP, cmd: 0x43 },
  /** 22.27 */
  getUserAccess: { name: "Get User Access", netFn: APP, cmd: 0x44 },
  /** 22.28 */
  setUserName: { name: "Set User Name", netFn: APP, cmd: 0x45 },
  /** 22.29 */
  getUserName: { name: "Get User Name", netFn: APP, cmd: 0x46 },
  /** 22.30 */
  setUserPassword: { name: "Set User Password", netFn: APP, cmd: 0x47 },
  /** 24.1 */
  activatePayload: { name: "Activate Payload", netFn: APP, cmd: 0x48 },
  /** 24.2 */
  deactivatePayload: { name: "Deactivate Payload", netFn: APP, cmd: 0x49 },
  /** 22.14 */
  getSystemGuid: { name: "Get System GUID", netFn: APP, cmd: 0x37, forUsers: true },
  /** 22.18 */
  setPrivilege: { name: "Set Session Privilege Level", netFn: APP, cmd: 0x3b, forUsers: true },
  /** 22.19 */
  closeSession: { name: "Close Session", netFn: APP, cmd: 0x3c, forUsers: true },
  /** 35.5 */
  getReadingFactors: { name: "Get Sensor Reading Factors", netFn: SENSOR, cmd: 0x23, forUsers: true },
  /** 35.14 */
  getSensorReading: { name: "Get Sensor Reading", netFn: SENSOR, cmd: 0x2d, forUsers: true },
  /** 34.1 */
  getFruInfo: { name: "Get FRU Inventory Area Info", netFn: STORAGE, cmd: 0x10, forUsers: true },
  /** 34.2 */
  readFru: { name: "Read FRU Data", netFn: STORAGE, cmd: 0x11, forUsers: true },
  /** 33.9 */
  getSdrInfo: { name: "Get SDR Repository Info", netFn: STORAGE, cmd: 0x20, forUsers: true },
  /** 33.11 */
  reserveSdr: { name: "Reserve SDR Repository", netFn: STORAGE, cmd: 0x22, forUsers: true },
  /** 33.12 */
  getSdr: { name: "Get SDR", netFn: STORAGE, cmd: 0x23, forUsers: true },
  /** 31.2 */
  getSelInfo: { name: "Get SEL Info", netFn: STORAGE, cmd: 0x40, forUsers: true },
  /** 31.4 */
  reserveSel: { name: "Reserve SEL", netFn: STORAGE, cmd: 0x42 },
  /** 31.5 */
  getSelEntry: { name: "Get SEL Entry", netFn: STORAGE, cmd: 0x43, forUsers: true },
  /** 31.9 */
  clearSel: { name: "Clear SEL", netFn: STORAGE, cmd: 0x47 },
  /** 23.1 */
  setLanSettings: { name: "Set LAN Configuration Parameters", netFn: TRANSPORT, cmd: 0x01 },
  /** 23.2 */
  getLanSettings: { name: "Get LAN Configuration Parameters", netFn: TRANSPORT, cmd: 0x02 },
  /** 26.2 */
  setSolSettings: { name: "Set SOL Configuration Parameters", netFn: TRANSPORT, cmd: 0x21 },
  /** 26.3 */
  getSolSettings: { name: "Get SOL Configuration Parameters", netFn: TRANSPORT, cmd: 0x22 },
  /** DCMI 1.5, 6.6.1 */
  getPowerReading: { name: "Get Power Reading", netFn: GROUP, cmd: 0x02, forUsers: true },
} as const satisfies Readonly<Record<string, IpmiCommand>>;
