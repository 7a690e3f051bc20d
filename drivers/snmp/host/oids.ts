/** Objects of the host's agent: UCD-SNMP-MIB, HOST-RESOURCES-MIB (RFC 2790), IF-MIB (RFC 2863). */

const UCD = "1.3.6.1.4.1.2021";
const HOST = "1.3.6.1.2.1.25";
const INTERFACES = "1.3.6.1.2.1.2.2.1";
const EXTENDED_INTERFACES = "1.3.6.1.2.1.31.1.1.1";

export const OIDS = {
  /** laLoad: texts such as "0.42". */
  load1: `${UCD}.10.1.3.1`,
  load5: `${UCD}.10.1.3.2`,
  load15: `${UCD}.10.1.3.3`,
  /** ssCpuIdle, percent. */
  cpuIdle: `${UCD}.11.11.0`,
  /** KiB. */
  memTotalSwap: `${UCD}.4.3.0`,
  memAvailSwap: `${UCD}.4.4.0`,
  memTotalReal: `${UCD}.4.5.0`,
  memAvailReal: `${UCD}.4.6.0`,
  memBuffer: `${UCD}.4.14.0`,
  memCached: `${UCD}.4.15.0`,
} as const;

/** Columns of tables, walked. */
export const COLUMNS = {
  /** hrProcessorLoad, percent of the last minute. */
  processorLoad: `${HOST}.3.3.1.2`,
  storageType: `${HOST}.2.3.1.2`,
  storageDescr: `${HOST}.2.3.1.3`,
  storageUnits: `${HOST}.2.3.1.4`,
  storageSize: `${HOST}.2.3.1.5`,
  storageUsed: `${HOST}.2.3.1.6`,
  ifDescr: `${INTERFACES}.2`,
  ifInOctets: `${INTERFACES}.10`,
  ifOutOctets: `${INTERFACES}.16`,
  ifOutErrors: `${INTERFACES}.20`,
  ifHCInOctets: `${EXTENDED_INTERFACES}.6`,
  ifHCOutOctets: `${EXTENDED_INTERFACES}.10`,
} as const;

/** Values of hrStorageType. */
export const STORAGE = {
  ram: `${HOST}.2.1.2`,
  fixedDisk: `${HOST}.2.1.4`,
} as const;
