/** The policy of a running API: rules from defaults and files, read again when the files change, and callers it has seen. */
import type { Config } from "../../common/config/config.ts";
import { ConfigError, describeProblems } from "../../common/config/problem.ts";
import type { Context } from "../../common/context.ts";
import { ANONYMOUS, type Identity } from "../../common/identity.ts";
import type { Logger } from "../../common/log.ts";
import { FreeCaller, type PolicySettings, RuledCaller } from "./caller.ts";
import { callerKey } from "./credentials.ts";
import type { Caller, Policy } from "./enforce.ts";
import { type PolicySources, readPolicies, sourcesStamp } from "./policy-file.ts";
import { type LoadedRules, loadRules, type RuleSet } from "./rule-set.ts";

const MOST_CALLERS = 2000;
const LOOK_AGAIN_MS = 1000;

export function policySources({ oslo_policy }: Pick<Config, "oslo_policy">): PolicySources {
  return { file: oslo_policy.policy_file, folders: oslo_policy.policy_dirs };
}

export function policySettings({ DEFAULT }: Pick<Config, "DEFAULT">): PolicySettings {
  return {
    serviceProject: DEFAULT.rbac_service_role_elevated_access ? DEFAULT.rbac_service_project_name : null,
  };
}

/** Defaults and files together, with all that is wrong with the files. */
export function readRules(sources: PolicySources): LoadedRules {
  const { overrides, problems } = readPolicies(sources);
  const loaded = loadRules(overrides);
  return { set: loaded.set, problems: [...problems, ...loaded.problems] };
}

export class RuledPolicy implements Policy {
  readonly #sources: PolicySources;
  readonly #settings: PolicySettings;
  /** Who is known by a token of Keystone is judged; other ways of coming in are for administrators alone. */
  readonly #judges: boolean;
  readonly #log: Logger;
  #rules: RuleSet;
  #stamp: string;
  #byIdentity = new WeakMap<Identity, Caller>();
  /** Least recently made first; two tokens of the same kind share one. */
  #byKey = new Map<string, Caller>();
  #anybody: Caller;

  /** @throws ConfigError with all that is wrong with the files */
  constructor(config: Pick<Config, "DEFAULT" | "oslo_policy">, log: Logger) {
    this.#sources = policySources(config);
    this.#settings = policySettings(config);
    this.#judges = config.DEFAULT.auth_strategy !== "http_basic";
    this.#log = log;
    this.#stamp = sourcesStamp(this.#sources);
    const { set, problems } = readRules(this.#sources);
    if (problems.length > 0) throw new ConfigError(problems);
    this.#rules = set;
    this.#anybody = new FreeCaller(ANONYMOUS, set, this.#settings);
  }

  caller({ identity }: Pick<Context, "identity">): Caller {
    if (identity === undefined || !this.#judges) return this.#anybody;
    const known = this.#byIdentity.get(identity) ?? this.#known(identity);
    this.#byIdentity.set(identity, known);
    return known;
  }

  /** Looks for changes until `closing`. */
  watch(closing: AbortSignal): void {
    const timer = setInterval(() => this.refresh(), LOOK_AGAIN_MS);
    timer.unref();
    closing.addEventListener("abort", () => clearInterval(timer));
  }

  /** Takes the files as they are now; with an error in them the rules stay as they were. */
  refresh(): void {
    const stamp = sourcesStamp(this.#sources);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const { set, problems } = readRules(this.#sources);
    if (problems.length > 0) {
      this.#log.error(
        { area: "policy" },
        `the policy files were changed and are not used: ${describeProblems(problems)}`,
      );
      return;
    }
    this.#rules = set;
    this.#byIdentity = new WeakMap();
    this.#byKey = new Map();
    this.#anybody = new FreeCaller(ANONYMOUS, set, this.#settings);
    this.#log.info({ area: "policy" }, "the policy files were changed: their rules are in force");
  }

  #known(identity: Identity): Caller {
    const key = callerKey(identity);
    const caller = this.#byKey.get(key) ?? new RuledCaller(identity, this.#rules, this.#settings);
    this.#byKey.delete(key);
    this.#byKey.set(key, caller);
    const oldest = this.#byKey.size > MOST_CALLERS ? this.#byKey.keys().next().value : undefined;
    if (oldest !== undefined) this.#byKey.delete(oldest);
    return caller;
  }
}
