/** [prometheus], a section of ours: metrics of this process for a Prometheus to fetch. */
import { boolean, integer, networks, optional, string } from "../option.ts";

export const prometheus = {
  enabled: boolean(false, "Serve metrics of this process at /metrics, on an address and port of their own."),
  host_ip: string("127.0.0.1", "Address the metrics are served on."),
  port: integer(9464, "Port of them; 0 takes a free one. Each process on a machine needs its own.", {
    min: 0,
    max: 65535,
  }),
  allowed_networks: networks(
    ["127.0.0.0/8", "::1/128"],
    "Networks (CIDR) that may fetch them; others are answered 403.",
  ),
  auth_user_file: optional(
    "Users who may fetch them: a file of name:hash lines, as htpasswd -B writes it; empty: nobody is asked.",
  ),
  enable_ssl: boolean(false, "Serve them over HTTPS, with the certificate of [ssl]."),
  cert_file: optional("Certificate of theirs, where it is not [ssl]cert_file."),
  key_file: optional("Its private key."),
  max_sensors_per_node: integer(
    256,
    "Most sensors, and most values of its host, that are shown of one node; what is more is left out, and counted.",
    { min: 0 },
  ),
} as const;
