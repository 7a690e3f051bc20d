/** [keystone_authtoken]: where Keystone is, and as whom the API asks it about the tokens of callers. */
import { boolean, choice, integer, list, type Option, optional, string } from "../option.ts";

/** Without a slash at the end. Credentials in it would be shown wherever the address is. */
function address(help: string): Option<string | null> {
  return {
    ...optional(help),
    parse(raw) {
      if (raw === "" || raw === "<None>") return null;
      const url = URL.canParse(raw) ? new URL(raw) : null;
      if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("expected an http or https URL");
      if (url.username !== "" || url.password !== "") throw new Error("holds credentials, which belong into options");
      if (/["\\\s]/.test(raw)) throw new Error("holds a quote, a backslash or white space");
      return raw.replace(/\/+$/, "");
    },
  };
}

export const keystoneAuthtoken = {
  auth_url: address("URL of Keystone, with or without /v3. Needed with auth_strategy = keystone."),
  www_authenticate_uri: address("URL of Keystone that callers without a token are shown; auth_url when empty."),
  auth_type: choice(
    ["password", "v3password", "v3applicationcredential"],
    "password",
    "How the API itself logs in to Keystone; password and v3password mean the same.",
  ),
  username: optional("User of the API itself. It needs a role that may validate tokens: service or admin."),
  user_id: optional("Its id, in place of name and domain."),
  password: optional("Its password.", { secret: true }),
  user_domain_name: optional("Domain of the user."),
  user_domain_id: optional("Its id, in place of the name."),
  project_name: optional("Project that the user logs in to."),
  project_id: optional("Its id, in place of name and domain."),
  project_domain_name: optional("Domain of the project."),
  project_domain_id: optional("Its id, in place of the name."),
  system_scope: optional('"all" to log in to the system in place of a project.'),
  application_credential_id: optional("Application credential of v3applicationcredential."),
  application_credential_secret: optional("Its secret.", { secret: true }),
  cafile: optional("Certificates (PEM) to check Keystone with; the system's when empty."),
  certfile: optional("Certificate (PEM) of the API itself, where Keystone asks for one."),
  keyfile: optional("Its key (PEM)."),
  insecure: boolean(false, "Do not check Keystone's certificate."),
  http_connect_timeout: integer(10, "Seconds that one exchange with Keystone may take.", { min: 1, max: 120 }),
  token_cache_time: integer(
    300,
    "Seconds for which a token that was valid is taken without Keystone while Keystone gives no answer; -1 to ask each time and keep nothing.",
    { min: -1 },
  ),
  revocation_cache_time: integer(
    30,
    "Seconds after which Keystone is asked again about a token that is used: how long one that was revoked may go on.",
    { min: 0 },
  ),
  service_token_roles: list(["service"], "Roles of which a service token (X-Service-Token) needs one."),
  service_token_roles_required: boolean(true, "Refuse service tokens without such a role."),
  service_type: string("baremetal", "What access rules of application credentials call this service."),
  delay_auth_decision: boolean(
    false,
    "Let callers without a valid token pass as nobody, whom policy rules judge then; ferric's own paths stay closed.",
  ),
} as const;
