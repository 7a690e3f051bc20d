/** Sessions and accounts. */
import { type Account, type Level, MOST_ACCOUNTS, ROLES, roleOf } from "../../accounts.ts";
import {
  type At,
  type Body,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  missing,
  notInList,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";
import type { RedfishSession } from "../state.ts";

const SERVICE = "/redfish/v1/SessionService";
const ACCOUNTS = "/redfish/v1/AccountService";

function session({ id, account, madeAt }: RedfishSession): Body {
  return {
    ...head(`${SERVICE}/Sessions/${id}`, "Session.v1_7_0.Session", id, "User Session"),
    UserName: account.name,
    CreatedTime: new Date(madeAt).toISOString(),
  };
}

function logIn({ state, machine, body, origin }: At): Reply {
  const [name, password] = [textOf(body.UserName), textOf(body.Password)];
  if (name === null) return missing("UserName");
  if (password === null) return missing("Password");
  const account = machine.conditions.refusesLogin ? undefined : machine.accounts.byName(name);
  if (account === undefined || !account.password.equals(Buffer.from(password)))
    return fault(401, "ResourceAtUriUnauthorized", "The user name or the password is wrong.");
  const opened = state.open(account);
  if (opened === null) return fault(503, "SessionLimitExceeded", "The session limit is reached; close one, or wait.");
  const headers = { location: `${origin}${SERVICE}/Sessions/${opened.id}`, "x-auth-token": opened.token };
  return { status: 201, body: session(opened), headers };
}

function accountBody({ id, name, level, isEnabled }: Account): Body {
  const role = roleOf(level);
  return {
    ...head(`${ACCOUNTS}/Accounts/${id}`, "ManagerAccount.v1_11_0.ManagerAccount", String(id), "User Account"),
    UserName: name,
    Password: null,
    RoleId: role,
    Enabled: isEnabled,
    Locked: false,
    AccountTypes: ["Redfish", "IPMI"],
    Links: { Role: link(`${ACCOUNTS}/Roles/${role}`) },
  };
}

function change(account: Account, body: Body): Reply | null {
  const role = textOf(body.RoleId);
  if (role !== null && !(role in ROLES)) return notInList("RoleId", role);
  const [name, password] = [textOf(body.UserName), textOf(body.Password)];
  if (role !== null) account.level = ROLES[role as keyof typeof ROLES] as Level;
  if (name !== null) account.name = name;
  if (password !== null) account.password = Buffer.from(password);
  if (typeof body.Enabled === "boolean") account.isEnabled = body.Enabled;
  return null;
}

function addAccount({ machine, body }: At): Reply {
  for (const name of ["UserName", "Password", "RoleId"]) if (textOf(body[name]) === null) return missing(name);
  const { accounts } = machine;
  const free = Array.from({ length: MOST_ACCOUNTS - 1 }, (_, at) => at + 2).find((id) => !accounts.byId(id)?.name);
  if (free === undefined) return fault(400, "CreateLimitReachedForResource", "There is no room for another account.");
  const account = accounts.ensure(free);
  const refused = change(account, { Enabled: true, ...body });
  if (refused !== null) accounts.remove(free);
  const made = accountBody(account);
  return refused ?? { status: 201, body: made, headers: { location: `${ACCOUNTS}/Accounts/${free}` } };
}

const accountAt = ({ machine, params: [id = ""] }: At) => machine.accounts.byId(Number(id));

export const SESSION_RESOURCES: readonly Resource[] = [
  {
    path: SERVICE,
    GET: ({ path }) => ({
      ...head(path, "SessionService.v1_1_8.SessionService", "SessionService", "Session Service"),
      ServiceEnabled: true,
      SessionTimeout: 1800,
      Status: GOOD,
      Sessions: link(`${SERVICE}/Sessions`),
    }),
  },
  {
    path: `${SERVICE}/Sessions`,
    GET: ({ state, path }) => collection(path, "SessionCollection", "Session Collection", [...state.sessions.keys()]),
    POST: { level: 0, run: logIn },
  },
  {
    path: `${SERVICE}/Sessions/{session}`,
    GET: ({ state, params: [id = ""] }) => {
      const found = state.sessions.get(id);
      return found === undefined ? null : session(found);
    },
    DELETE: { level: 2, run: ({ state, params: [id = ""] }) => (state.sessions.delete(id) ? DONE : null) },
  },
  {
    path: ACCOUNTS,
    GET: ({ path }) => ({
      ...head(path, "AccountService.v1_13_0.AccountService", "AccountService", "Account Service"),
      ServiceEnabled: true,
      MinPasswordLength: 1,
      MaxPasswordLength: 20,
      Status: GOOD,
      Accounts: link(`${ACCOUNTS}/Accounts`),
      Roles: link(`${ACCOUNTS}/Roles`),
    }),
  },
  {
    path: `${ACCOUNTS}/Accounts`,
    GET: ({ machine, path }) => {
      const ids = machine.accounts.list.map(({ id }) => String(id));
      return collection(path, "ManagerAccountCollection", "Accounts Collection", ids);
    },
    POST: { level: 4, run: addAccount },
  },
  {
    path: `${ACCOUNTS}/Accounts/{account}`,
    GET: (at) => {
      const account = accountAt(at);
      return account === undefined ? null : accountBody(account);
    },
    PATCH: {
      level: 4,
      run: (at) => {
        const account = accountAt(at);
        return account === undefined ? null : (change(account, at.body) ?? { status: 200, body: accountBody(account) });
      },
    },
    DELETE: {
      level: 4,
      run: (at) => {
        const account = accountAt(at);
        if (account !== undefined) at.machine.accounts.remove(account.id);
        return account === undefined ? null : DONE;
      },
    },
  },
  {
    path: `${ACCOUNTS}/Roles`,
    GET: ({ path }) => collection(path, "RoleCollection", "Roles Collection", Object.keys(ROLES)),
  },
  {
    path: `${ACCOUNTS}/Roles/{role}`,
    GET: ({ path, params: [id = ""] }) =>
      id in ROLES
        ? {
            ...head(path, "Role.v1_3_1.Role", id, `${id} Role`),
            RoleId: id,
            IsPredefined: true,
            AssignedPrivileges: id === "ReadOnly" ? ["Login"] : ["Login", "ConfigureComponents", "ConfigureSelf"],
          }
        : null,
  },
];
