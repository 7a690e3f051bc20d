/** Whether [keystone_authtoken] is enough to ask Keystone about tokens. */
import type { Config } from "./config.ts";
import type { ConfigProblem } from "./problem.ts";

type Settings = Config["keystone_authtoken"];

export function incompleteKeystone({ DEFAULT, keystone_authtoken }: Config): readonly ConfigProblem[] {
  if (DEFAULT.auth_strategy !== "keystone") return [];
  return missing(keystone_authtoken).map(([option, remedy]) => ({
    option: `[keystone_authtoken]${option}`,
    value: null,
    where: "auth_strategy = keystone",
    problem: "is missing, and tokens could not be checked",
    remedy: `set ${remedy}`,
  }));
}

type Missing = readonly [option: string, remedy: string];

function missing(settings: Settings): readonly Missing[] {
  if (settings.auth_url === null)
    return [["auth_url", "it and the rest of [keystone_authtoken], or write auth_strategy = http_basic or noauth"]];
  return [
    ...(settings.auth_type === "v3applicationcredential" ? credential(settings) : login(settings)),
    ...certificate(settings),
  ];
}

function credential(settings: Settings): readonly Missing[] {
  const names = ["application_credential_id", "application_credential_secret"] as const;
  return names.filter((name) => settings[name] === null).map((name) => [name, `${name} of the API's own credential`]);
}

function login(settings: Settings): readonly Missing[] {
  const { username, user_id, user_domain_name, user_domain_id, password } = settings;
  const found: Missing[] = [];
  if (username === null && user_id === null) found.push(["username", "username (or user_id) of the API's own user"]);
  else if (user_id === null && user_domain_name === null && user_domain_id === null)
    found.push(["user_domain_name", "user_domain_name (or user_domain_id), such as Default"]);
  if (password === null) found.push(["password", "password of the API's own user"]);
  return [...found, ...scope(settings)];
}

function scope({ project_name, project_id, project_domain_name, project_domain_id, system_scope }: Settings) {
  const found: Missing[] = [];
  if (system_scope !== null || project_id !== null) return found;
  if (project_name === null) found.push(["project_name", "project_name (or project_id), such as service"]);
  else if (project_domain_name === null && project_domain_id === null)
    found.push(["project_domain_name", "project_domain_name (or project_domain_id), such as Default"]);
  return found;
}

function certificate({ certfile, keyfile }: Settings): readonly Missing[] {
  if ((certfile === null) === (keyfile === null)) return [];
  return [certfile === null ? ["certfile", "certfile beside keyfile"] : ["keyfile", "keyfile beside certfile"]];
}
