/** Certificates and keys that the configuration names: readable, valid today, and belonging together. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Config } from "../../../common/config/config.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";

interface Named {
  readonly option: string;
  readonly file: string;
  /** The key of the certificate, where it has one here. */
  readonly key?: string;
}

const SOON_DAYS = 30;
const DAY_MS = 86_400_000;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export const certificates: Check = {
  name: "certificates",
  async run({ config }) {
    return named(config).flatMap(look);
  },
};

function named(config: Config): readonly Named[] {
  const { redis, agent, database, ssl } = config;
  const parameters = new URLSearchParams(database.connection.split("?").slice(1).join("?"));
  const option = "[database]connection";
  const file = (...names: readonly string[]) => names.map((name) => parameters.get(name)).find((one) => one !== null);
  const [ca, certificate, key] = [
    file("ssl_ca", "sslrootcert"),
    file("ssl_cert", "sslcert"),
    file("ssl_key", "sslkey"),
  ];
  return [
    ...served(config),
    ...(ssl.ca_file === null ? [] : [{ option: "[ssl]ca_file", file: ssl.ca_file }]),
    ...(redis.ca_file === null ? [] : [{ option: "[redis]ca_file", file: redis.ca_file }]),
    ...(/^(true|false)$/i.test(agent.verify_ca) ? [] : [{ option: "[agent]verify_ca", file: agent.verify_ca }]),
    ...(ca === undefined ? [] : [{ option, file: ca }]),
    ...(certificate === undefined ? [] : [{ option, file: certificate, ...(key === undefined ? {} : { key }) }]),
  ];
}

/** Of the services that use TLS: each its own, or that of [ssl]. */
function served({ api, boot, prometheus, ssl, vnc }: Config): readonly Named[] {
  const faces = [
    { on: api.enable_ssl_api, option: "[api]enable_ssl_api", file: api.cert_file, key: api.key_file },
    {
      on: prometheus.enabled && prometheus.enable_ssl,
      option: "[prometheus]enable_ssl",
      file: prometheus.cert_file,
      key: prometheus.key_file,
    },
    { on: vnc.enabled && vnc.enable_ssl, option: "[vnc]enable_ssl", file: vnc.cert_file, key: vnc.key_file },
    { on: boot.http_tls, option: "[boot]http_tls", file: boot.http_cert_file, key: boot.http_key_file },
  ];
  return faces
    .filter(({ on }) => on)
    .map(({ option, file, key }) => {
      const pair = key ?? ssl.key_file;
      return { option, file: file ?? ssl.cert_file ?? "", ...(pair === null ? {} : { key: pair }) };
    });
}

function look({ option, file, key }: Named): readonly Finding[] {
  try {
    const blocks = readFileSync(file, "utf8").match(PEM) ?? [];
    if (blocks.length === 0) return [fail(`${option}: ${file} holds no certificate (PEM)`, "name the right file")];
    const all = blocks.map((text) => new X509Certificate(text));
    return [...all.map((one) => dates(one, `${option}: ${file}`)), ...(key === undefined ? [] : [pair(all[0], key)])];
  } catch (error) {
    return [fail(`${option}: ${file} cannot be read: ${reasonOf(error)}`, "name a file that this user may read")];
  }
}

function dates(certificate: X509Certificate, title: string): Finding {
  const subject = certificate.subject.replaceAll("\n", ", ");
  const left = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
  if (Date.parse(certificate.validFrom) > Date.now())
    return fail(`${title}: ${subject} is not valid before ${certificate.validFrom}`, "check the clock");
  if (left < 0) return fail(`${title}: ${subject} ended ${certificate.validTo}`, "renew it");
  if (left < SOON_DAYS) return warn(`${title}: ${subject} ends in ${left} days`, "renew it");
  return pass(`${title}: ${subject} is valid for ${left} days`);
}

function pair(certificate: X509Certificate | undefined, key: string): Finding {
  return certificate?.checkPrivateKey(createPrivateKey(readFileSync(key))) === true
    ? pass(`${key} is the key of its certificate`)
    : fail(`${key} is not the key of its certificate`, "name the key that the certificate was made with");
}
