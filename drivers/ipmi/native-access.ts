/** BMCs over the native client: driver_info made a login, and its errors made faults with a remedy. */
import type { FerricError } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Asker, IpmiAccess, PowerCommand, Target } from "./access.ts";
import { chassisControl, chassisStatus } from "./client/chassis.ts";
import { SUITE_NUMBERS } from "./client/cipher-suites.ts";
import { type Bmc, IpmiClient, type Send } from "./client/client.ts";
import { resetBmc } from "./client/device.ts";
import { IpmiError, type IpmiTrouble } from "./client/ipmi-error.ts";
import { readSensors } from "./client/sensors.ts";
import type { SolLine, SolListener } from "./client/sol.ts";
import { connectionOf, type IpmiConnection, type PrivilegeLevel } from "./connection.ts";
import { type Diagnosis, faultOf } from "./diagnosis.ts";
import { addressOf, told, watched } from "./exchanges.ts";
import { commonUnit, uniquelyNamed } from "./readings.ts";
import { SensorLists } from "./sensor-lists.ts";

const PRIVILEGES: Readonly<Record<PrivilegeLevel, number>> = { CALLBACK: 1, USER: 2, OPERATOR: 3, ADMINISTRATOR: 4 };
const DIAGNOSES: Readonly<Record<IpmiTrouble, Diagnosis>> = {
  silent: "silent",
  credentials: "credentials",
  privilege: "privilege",
  cipher: "cipher",
  address: "address",
  refused: "refused",
  version: "version",
  full: "unknown",
  malformed: "unknown",
};
/** Bytes of a user name (IPMI 2.0, 13.20). */
const NAME_BYTES = 16;

/** Set and Get System Boot Options. */
const BOOT_OPTIONS: readonly number[] = [0x08, 0x09];

export class NativeAccess implements IpmiAccess {
  readonly isLight = true;
  readonly #services: DriverServices;
  readonly #client = new IpmiClient();
  readonly #sensorLists: SensorLists;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#sensorLists = new SensorLists(() => services.now());
    services.onStop?.(() => this.#client.close());
  }

  check(node: Target): void {
    nativeConnection(node);
  }

  async powerState(asker: Asker): Promise<PowerState> {
    const status = await this.#ask(asker, "Get Chassis Status", chassisStatus);
    return status.power ? "power on" : "power off";
  }

  async command(asker: Asker, command: PowerCommand): Promise<void> {
    await this.#ask(asker, `Chassis Control ${command}`, (send) => chassisControl(send, command));
  }

  async raw(asker: Asker, bytes: readonly number[]): Promise<readonly number[]> {
    const [netFn = 0, cmd = 0, ...data] = bytes;
    const bare = { name: "raw command", netFn, cmd, data: Buffer.from(data) };
    // Of the others nobody knows whether they may take effect twice.
    const request = BOOT_OPTIONS.includes(cmd) && netFn === 0 ? bare : { ...bare, once: true as const };
    return [...(await this.#ask(asker, request.name, (send) => send(request)))];
  }

  async resetBmc(asker: Asker, kind: "cold" | "warm"): Promise<void> {
    await this.#ask(asker, `${kind} reset`, (send) => resetBmc(send, kind));
  }

  async sensors(asker: Asker): Promise<readonly SensorReading[]> {
    const bmc = addressOf(nativeConnection(asker.node));
    const readings = await this.#ask(asker, "sensors", async (send) =>
      readSensors(send, await this.#sensorLists.of(bmc, send)),
    );
    return uniquelyNamed(
      readings.map(({ name, kind, value, unit, status }) => ({ name, kind, value, unit: commonUnit(unit), status })),
    );
  }

  /** The machine's serial line, until it is closed. `takeOver`: ends the line of whoever has it. */
  async openLine(asker: Asker, listener: SolListener, options: { takeOver?: boolean }): Promise<SolLine> {
    const { node, signal } = asker;
    const connection = nativeConnection(node);
    const said = { node: node.uuid, address: addressOf(connection), request: "Activate Payload: serial over LAN" };
    const open = () => this.#client.openLine(this.#bmc(connection), listener, { signal, ...options });
    return await this.#explained(asker, connection, "sol activate", () =>
      told(this.#services, said, open, () => ({ answer: "active", fault: null })),
    );
  }

  async #ask<T>(asker: Asker, command: string, work: (send: Send) => Promise<T>): Promise<T> {
    const { node, signal, nextUseMs } = asker;
    const connection = nativeConnection(node);
    const bmc = this.#bmc(connection);
    try {
      const send = watched(this.#client.sender(bmc, { signal }), node.uuid, connection, this.#services);
      return await this.#explained(asker, connection, command, () => work(send));
    } finally {
      if (nextUseMs !== undefined) void this.#client.rest(bmc, nextUseMs);
    }
  }

  /** The client's errors as faults that tell an operator what to do. */
  async #explained<T>(
    { signal }: Asker,
    connection: IpmiConnection,
    command: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const started = this.#services.now();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof IpmiError)) throw error;
      throw faultFor(error, connection, command, (this.#services.now() - started) / 1000);
    }
  }

  #bmc(connection: IpmiConnection): Bmc {
    const { command_retry_timeout, cipher_suite_versions } = this.#services.config.ipmi;
    const { address, port, username, password, kgKey, privilege, cipherSuite, bridge } = connection;
    const suites = cipherSuite === null ? cipher_suite_versions.toReversed() : [cipherSuite];
    return {
      host: address,
      port,
      username,
      password,
      kgKey: kgKey === null ? null : Buffer.from(kgKey, "latin1"),
      privilege: PRIVILEGES[privilege],
      cipherSuites: suites.map(Number),
      timeoutMs: command_retry_timeout * 1000,
      bridge,
    };
  }
}

/** @throws as connectionOf, and InvalidParameterValue for what only ipmitool can do */
function nativeConnection(node: Target): IpmiConnection {
  const connection = connectionOf(node.driver_info);
  const remedy = "or use the interfaces `ipmitool` for this node.";
  if (connection.version !== "2.0")
    throw InvalidParameterValue({
      reason: `driver_info/ipmi_protocol_version is "${connection.version}"; ipmi-native speaks 2.0 only: set that, ${remedy}`,
    });
  const { cipherSuite } = connection;
  if (cipherSuite !== null && !SUITE_NUMBERS.includes(Number(cipherSuite)))
    throw InvalidParameterValue({
      reason: `driver_info/ipmi_cipher_suite is "${cipherSuite}"; ipmi-native has ${SUITE_NUMBERS.join(", ")}: set one of these, ${remedy}`,
    });
  if (Buffer.byteLength(connection.username ?? "") > NAME_BYTES)
    throw InvalidParameterValue({
      reason: `driver_info/ipmi_username is "${connection.username}"; IPMI allows ${NAME_BYTES} bytes.`,
    });
  return connection;
}

function faultFor(error: IpmiError, connection: IpmiConnection, command: string, seconds: number): FerricError {
  return faultOf(DIAGNOSES[error.trouble], connection, command, error.message, seconds);
}

const made = new WeakMap<DriverServices, NativeAccess>();

/** One for a conductor's interfaces: one socket, and at most one session a BMC. */
export function nativeAccess(services: DriverServices): NativeAccess {
  const found = made.get(services) ?? new NativeAccess(services);
  made.set(services, found);
  return found;
}
