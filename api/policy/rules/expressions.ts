/** The expressions that default rules are made of. Scope and role names are Keystone's; `service_role` is a rule of its own. */
const or = (...parts: readonly string[]): string => parts.join(" or ");

const SYSTEM_SERVICE = "(role:service and system_scope:all)";
const ELEVATED_MEMBER = "(role:member and system_scope:all) or rule:service_role";
const OWNER = "project_id:%(node.owner)s";
const LESSEE = "project_id:%(node.lessee)s";
const OWNERS_SERVICE = `(role:service and ${OWNER})`;
const OWNERS_MEMBER = `(role:member and ${OWNER})`;
const OWNERS_MANAGER = `(role:manager and ${OWNER})`;
const LESSEES_MANAGER = `(role:manager and ${LESSEE})`;

export const EVERYBODY = "";
export const NOBODY = "!";
export const SYSTEM_ADMIN = "role:admin and system_scope:all";
export const SYSTEM_ADMIN_OR_SERVICE = or(`(${SYSTEM_ADMIN})`, SYSTEM_SERVICE);
export const SYSTEM_READER = or("(role:reader and system_scope:all)", SYSTEM_SERVICE, "rule:service_role");
export const SYSTEM_MEMBER = ELEVATED_MEMBER;

/** What anybody with a role may ask for; what they get is their project's. */
export const ANY_READER = or("role:reader", "role:service");
export const ANY_MEMBER = or(ELEVATED_MEMBER, "role:member");
export const ANY_MANAGER = or(ELEVATED_MEMBER, "role:manager", "role:service");
export const ANY_ADMIN_OR_SERVICE = or("role:admin", "role:service");
export const ANY_ADMIN_OR_SYSTEM_READER = or(SYSTEM_READER, "role:admin");

const SYSTEM_WRITER = or(ELEVATED_MEMBER, SYSTEM_SERVICE);

export const OWNER_OR_LESSEE_READER = or(SYSTEM_READER, `(role:reader and (${OWNER} or ${LESSEE}))`, OWNERS_SERVICE);
export const OWNER_READER = or(SYSTEM_READER, `(role:reader and ${OWNER})`, OWNERS_SERVICE);
export const OWNER_MEMBER = or(SYSTEM_WRITER, OWNERS_MEMBER, OWNERS_SERVICE);
export const OWNER_MANAGER = or(SYSTEM_WRITER, OWNERS_MANAGER, OWNERS_SERVICE);
export const OWNER_OR_LESSEE_MEMBER = or(SYSTEM_WRITER, `(role:member and (${OWNER} or ${LESSEE}))`);
export const OWNER_MEMBER_OR_LESSEE_MANAGER = or(SYSTEM_WRITER, OWNERS_MEMBER, LESSEES_MANAGER, OWNERS_SERVICE);
export const OWNER_OR_LESSEE_MANAGER = or(SYSTEM_WRITER, OWNERS_MANAGER, LESSEES_MANAGER, OWNERS_SERVICE);
/** Like OWNER_MANAGER, where of the system's own callers only administrators and services may. */
export const OWNER_MANAGER_OR_SYSTEM_ADMIN = or(SYSTEM_ADMIN_OR_SERVICE, OWNERS_MANAGER, OWNERS_SERVICE);
export const OWNER_ADMIN = `role:admin and ${OWNER}`;

const OF_ALLOCATION = "project_id:%(allocation.owner)s";
export const ALLOCATION_READER = or(SYSTEM_READER, `(role:reader and ${OF_ALLOCATION})`);
export const ALLOCATION_MEMBER = or(ELEVATED_MEMBER, `(role:member and ${OF_ALLOCATION})`);

const OF_RUNBOOK = "project_id:%(runbook.owner)s";
export const RUNBOOK_READER = or(SYSTEM_READER, `(role:reader and ${OF_RUNBOOK})`, "role:service");
export const RUNBOOK_MANAGER = or(ELEVATED_MEMBER, `(role:manager and ${OF_RUNBOOK})`, "role:service");
