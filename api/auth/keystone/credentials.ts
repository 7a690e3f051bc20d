/** What the API logs in to Keystone with. Source: Identity API v3, "Password authentication ...", "... application credential". */
import type { Config } from "../../../common/config/config.ts";

type Settings = Config["keystone_authtoken"];

/** The body of POST /v3/auth/tokens. It holds a secret. */
export function loginBody(settings: Settings): string {
  const auth =
    settings.auth_type === "v3applicationcredential"
      ? { identity: applicationCredential(settings) }
      : { identity: password(settings), scope: scope(settings) };
  return JSON.stringify({ auth });
}

function applicationCredential({ application_credential_id: id, application_credential_secret: secret }: Settings) {
  return { methods: ["application_credential"], application_credential: { id, secret } };
}

function password(settings: Settings) {
  const { username: name, user_id: id, password } = settings;
  const domain = named(settings.user_domain_id, settings.user_domain_name);
  const user = id === null ? { name, domain, password } : { id, password };
  return { methods: ["password"], password: { user } };
}

function scope(settings: Settings) {
  const { system_scope, project_id: id, project_name: name } = settings;
  if (system_scope !== null) return { system: { all: true } };
  if (id !== null) return { project: { id } };
  return { project: { name, domain: named(settings.project_domain_id, settings.project_domain_name) } };
}

function named(id: string | null, name: string | null) {
  return id === null ? { name } : { id };
}
