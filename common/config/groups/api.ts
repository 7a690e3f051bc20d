/** [api] */
import { boolean, choice, integer, list, networks, optional, string } from "../option.ts";

export const api = {
  host_ip: string("127.0.0.1", "Address the API listens on.", { withFile: "0.0.0.0" }),
  port: integer(6385, "Port of the API.", { min: 0, max: 65535 }),
  max_limit: integer(1000, "Most records in one page of a list.", { min: 1 }),
  public_endpoint: optional("Base URL to show in links when the service is behind a proxy."),
  project_admin_can_manage_own_nodes: boolean(
    true,
    "Whether administrators and services of a project may create nodes that it owns, and administrators delete them.",
  ),
  restrict_lookup: boolean(true, "Answer lookups only in the states in which a ramdisk runs."),
  max_json_body_size: integer(1024, "Largest request body, KiB.", { min: 4 }),
  max_json_body_size_provision: integer(65_536, "Largest body of a provision request, with its config drive, KiB.", {
    min: 4,
  }),
  max_json_body_size_inspection: integer(16_384, "Largest body of inspection data, KiB.", { min: 4 }),
  max_json_body_depth: integer(25, "Deepest nesting of a request body.", { min: 8 }),
  ramdisk_heartbeat_timeout: integer(300, "Seconds after which an agent that no longer calls in counts as gone.", {
    min: 1,
  }),
  disallow_clean_steps: list(["vendor.send_raw"], "Steps (interface.step) that users cannot ask for in cleaning."),
  disallow_deploy_steps: list(["vendor.send_raw"], "Steps (interface.step) that users cannot ask for in deploys."),
  disallow_service_steps: list(["vendor.send_raw"], "Steps (interface.step) that users cannot ask for in servicing."),
  enable_ramdisk_endpoints: boolean(
    true,
    "Answer lookup, heartbeat and continue_inspection; set it to false on API processes that agents have no business with.",
  ),
  ramdisk_rate_limit: integer(
    20,
    "Most requests a second at these endpoints from one address (IPv6: one /64); more are answered 429; 0: no limit (ours).",
    { min: 0 },
  ),
  ramdisk_rate_burst: integer(200, "Requests that an address may send at once before the limit holds (ours).", {
    min: 1,
  }),
  ramdisk_rate_exempt_networks: networks(
    ["127.0.0.0/8", "::1/128"],
    "Networks (CIDR) that the limit does not hold for: a proxy in front of the API speaks for all agents (ours).",
  ),
  max_connections: integer(4000, "Most connections open at once; more are closed as they come (ours).", { min: 1 }),
  max_connections_per_address: integer(0, "Most of them from one address; 0: no limit (ours).", { min: 0 }),
  enable_ssl_api: boolean(false, "Serve the API over HTTPS, with the certificate of [ssl]."),
  cert_file: optional("Certificate of the API, where it is not [ssl]cert_file."),
  key_file: optional("Its private key."),
  server_tls_minimum_version: choice(["1.2", "1.3"], "1.3", "Least TLS version of the API."),
  server_tls_ciphers: optional("Ciphers of the API, in OpenSSL's list format, where they are not [ssl]ciphers."),
  allowed_origins: list([], "Origins that browsers may call the API from (CORS); none by default."),
} as const;
