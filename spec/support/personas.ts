/** The callers of the contract's policy facts, and the projects they come from. */
import type { Authenticator } from "../../api/auth/authenticator.ts";
import type { ConfigOverrides } from "../../common/config/config.ts";
import { ANONYMOUS, type Identity } from "../../common/identity.ts";
import { silent } from "../../common/log.ts";
import { apiUnderTest, type HttpAnswer } from "./api-under-test.ts";

/** As Keystone lists them: a role with those that it implies. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  admin: ["admin", "manager", "member", "reader"],
  manager: ["manager", "member", "reader"],
  member: ["member", "reader"],
  reader: ["reader"],
  service: ["service"],
};

export const PROJECTS = { owner: "p-owner", lessee: "p-lessee", other: "p-other", service: "p-service" } as const;

const inProject = (project: string, name: string, role: string): Identity => ({
  ...ANONYMOUS,
  user_id: `u-${name}-${role}`,
  user_name: `${name}-${role}`,
  project_id: project,
  project_name: name,
  roles: ROLES[role] ?? [],
});

const inSystem = (role: string): Identity => ({
  ...ANONYMOUS,
  user_id: `u-system-${role}`,
  user_name: `system-${role}`,
  system_scope: "all",
  roles: ROLES[role] ?? [],
});

/** All 22, by the contract's names. */
export const PERSONAS: Readonly<Record<string, Identity>> = Object.fromEntries([
  ...Object.keys(ROLES).flatMap((role) => [
    [`system-${role}`, inSystem(role)],
    ...(["owner", "lessee", "other"] as const).map((kind) => [
      `${kind}-${role}`,
      inProject(PROJECTS[kind], kind, role),
    ]),
  ]),
  ["service-project-service", inProject(PROJECTS.service, "service", "service")],
  ["no-token", ANONYMOUS],
]);

/** The identity of that name. @throws Error when there is none */
export function persona(name: string): Identity {
  const found = PERSONAS[name];
  if (found === undefined) throw new Error(`no persona is called ${name}`);
  return found;
}

/** Takes callers at their word: `X-Persona` names one of the personas. */
export const trusting: Authenticator = {
  authenticate: async ({ headers }) => persona(String(headers["x-persona"] ?? "no-token")),
  [Symbol.asyncDispose]: async () => undefined,
};

/** An API whose rules hold, and requests in the name of a persona. */
export async function apiWithRules(overrides: ConfigOverrides = {}) {
  const api = await apiUnderTest(overrides, silent, trusting);
  const as = (name: string, method: string, path: string, body?: unknown, minor = 115): Promise<HttpAnswer> =>
    api.send(method, path, { minor, headers: { "X-Persona": name }, ...(body === undefined ? {} : { body }) });
  return { ...api, as };
}

export type ApiWithRules = Awaited<ReturnType<typeof apiWithRules>>;
