/** [ssl]: certificate and key of the services that are to use TLS. */
import { optional } from "../option.ts";

export const ssl = {
  cert_file: optional("Certificate (PEM, with those between it and its authority) of the API and of boot HTTP."),
  key_file: optional("Private key (PEM) of the certificate."),
  ca_file: optional("Authorities that clients of the API must show a certificate of; empty: clients need none."),
  ciphers: optional("Ciphers that are offered, in OpenSSL's list format; empty: Node's own choice."),
} as const;
