/** [api] */
import { boolean, integer, list, optional, string } from "../option.ts";

export const api = {
  host_ip: string("127.0.0.1", "Address the API listens on.", { withFile: "0.0.0.0" }),
  port: integer(6385, "Port of the API.", { min: 0, max: 65535 }),
  max_limit: integer(1000, "Most records in one page of a list.", { min: 1 }),
  public_endpoint: optional("Base URL to show in links when the service is behind a proxy."),
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
  allowed_origins: list([], "Origins that browsers may call the API from (CORS); none by default."),
} as const;
