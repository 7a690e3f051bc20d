/**
 * Messages of a BMC in words (DSP0266 8.6, error responses; DSP8011, the Base registry). Many BMCs name a message and leave
 * its text out, so the usual ones have words of ours.
 */
import { isJsonObject, type Json, writtenOf } from "../../../common/json.ts";
import type { RedfishMessage } from "./redfish-error.ts";

/** By name without registry and version; %1, %2 and so on are the message's arguments. */
const WORDS: Readonly<Record<string, string>> = {
  AccessDenied: "access to %1 is denied",
  AccountLocked: "the account is locked after too many failed logins",
  ActionNotSupported: "the action %1 is not supported",
  ActionParameterMissing: "the action %1 lacks the parameter %2",
  ActionParameterNotSupported: "the parameter %1 of the action %2 is not supported",
  ActionParameterValueFormatError: "the value %1 of the parameter %2 of the action %3 has a wrong format",
  ActionParameterValueNotInList: "the value %1 of the parameter %2 of the action %3 is not among those allowed",
  ActionParameterValueTypeError: "the value %1 of the parameter %2 of the action %3 has a wrong type",
  ConditionInRelatedResource: "a related resource has a problem",
  CouldNotEstablishConnection: "the BMC could not connect to %1",
  CreateFailedMissingReqProperties: "the property %1 is required",
  CreateLimitReachedForResource: "no more such resources can be made",
  GeneralError: "a general error, without a reason",
  InsufficientPrivilege: "the user lacks the privilege for it",
  InternalError: "an error inside the BMC",
  InvalidObject: "the object at %1 is invalid",
  MalformedJSON: "the BMC could not read the JSON it was sent",
  NoOperation: "nothing would change",
  NoValidSession: "the session is not valid",
  OperationNotAllowed: "the operation is not allowed now",
  OperationTimeout: "the operation took too long inside the BMC",
  PasswordChangeRequired: "the password has to be changed first",
  PreconditionFailed: "the resource has changed meanwhile",
  PreconditionRequired: "an ETag is required",
  PropertyMissing: "the property %1 is missing",
  PropertyNotWritable: "the property %1 cannot be written",
  PropertyUnknown: "the property %1 is not known",
  PropertyValueConflict: "the value of %1 conflicts with that of %2",
  PropertyValueFormatError: "the value %1 of the property %2 has a wrong format",
  PropertyValueNotInList: "the value %1 of the property %2 is not among those allowed",
  PropertyValueTypeError: "the value %1 of the property %2 has a wrong type",
  QueryNotSupported: "query parameters are not supported",
  ResetRequired: "a reset of %1 is required first",
  ResourceAlreadyExists: "it exists already",
  ResourceAtUriUnauthorized: "the resource at %1 needs other credentials",
  ResourceCannotBeDeleted: "it cannot be deleted",
  ResourceInUse: "the resource is in use",
  ResourceMissingAtURI: "nothing is at %1",
  ResourceNotFound: "%1 named %2 was not found",
  ServiceInUnknownState: "the BMC does not know its own state",
  ServiceShuttingDown: "the BMC's service is shutting down",
  ServiceTemporarilyUnavailable: "the BMC's service is not available for %1 s",
  SessionLimitExceeded: "all session slots are taken",
  StrictAccountTypes: "the account type does not allow it",
  UnauthorizedLoginAttempt: "the login was refused",
};

/** Messages of an answer's body, from `error` with its extended info or from the body's own extended info. */
export function messagesOf(body: Json | undefined): readonly RedfishMessage[] {
  if (!isJsonObject(body)) return [];
  const error = isJsonObject(body.error) ? body.error : null;
  const extended = [...listed(error?.["@Message.ExtendedInfo"]), ...listed(body["@Message.ExtendedInfo"])];
  const said = extended.map(messageOf).filter((message) => message !== null);
  if (error === null) return said;
  const message = messageOf({ MessageId: error.code ?? null, Message: error.message ?? null });
  // Extended info that only says "general error" tells less than the error's own text.
  const isGeneral = said.every(({ id }) => id === "Base.GeneralError");
  return isGeneral && message !== null ? [message] : said;
}

/** Some give an object where a list is due. */
function listed(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? [value] : [];
}

/** One entry of extended info, or of a task's Messages. Null when it says nothing. */
export function messageOf(entry: Json | undefined): RedfishMessage | null {
  if (typeof entry === "string" && entry !== "") return { id: null, text: entry };
  if (!isJsonObject(entry)) return null;
  const id = typeof entry.MessageId === "string" && entry.MessageId !== "" ? bareId(entry.MessageId) : null;
  const own = typeof entry.Message === "string" ? entry.Message.trim() : "";
  const known = id === null ? undefined : words(id, entry.MessageArgs);
  const text = own === "" ? known : own;
  if (text === undefined) return id === null ? null : { id, text: id };
  return { id, text };
}

/** "Base.1.8.1.PropertyUnknown" is "Base.PropertyUnknown", whatever version of its registry the BMC has. */
function bareId(id: string): string {
  const parts = id.split(".").filter((part) => !/^v?\d+(_\d+)*$/.test(part));
  return parts.join(".").slice(0, LONGEST_ID);
}

function words(id: string, args: Json | undefined): string | undefined {
  const name = id.slice(id.lastIndexOf(".") + 1);
  if (!Object.hasOwn(WORDS, name)) return undefined;
  const values = Array.isArray(args) ? args : [];
  return WORDS[name]?.replace(/%(\d)/g, (_, digit: string) => shown(values[Number(digit) - 1]));
}

function shown(value: Json | undefined): string {
  return value === undefined || value === null ? "(not named)" : writtenOf(value);
}

/** "the property Foo is not known; ..." in one line, or null when there are none. Success messages say nothing. */
export function inWords(messages: readonly RedfishMessage[]): string | null {
  const texts = messages
    .filter(({ id }) => !/\.Success$|\.Created$/.test(id ?? ""))
    .map(({ id, text }) => withId(id, text));
  return texts.length === 0 ? null : [...new Set(texts)].slice(0, MOST).join("; ");
}

/** More make no error clearer. */
const MOST = 4;
const LONGEST = 400;
const LONGEST_ID = 100;

function withId(id: string | null, text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  const bare = short.replace(/\s+/g, " ").replace(/\.$/, "");
  return id === null || bare === id ? bare : `${bare} (${id})`;
}
