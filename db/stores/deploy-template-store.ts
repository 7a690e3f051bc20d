/** Deploy templates, found by UUID or by the trait that is their name. */
import {
  DeployTemplateAlreadyExists,
  DeployTemplateDuplicateName,
  DeployTemplateNotFound,
} from "../../common/errors/request.ts";
import type { DeployTemplate, DeployTemplateChanges, NewDeployTemplate } from "../../common/objects/deploy-template.ts";
import type { DeployTemplateStore, Query, Reading } from "../contract.ts";
import { deployTemplateTable } from "../records/named-tables.ts";
import { NamedRecords } from "./named-records.ts";
import type { StoreContext } from "./store-context.ts";

export class SqlDeployTemplateStore implements DeployTemplateStore {
  readonly #records: NamedRecords<DeployTemplate>;

  constructor(context: StoreContext) {
    this.#records = new NamedRecords(context, deployTemplateTable, {
      notFound: (template) => DeployTemplateNotFound({ template }),
      uuidTaken: (uuid, cause) => DeployTemplateAlreadyExists({ uuid }, cause),
      nameTaken: (name, cause) => DeployTemplateDuplicateName({ name }, cause),
    });
  }

  get(ident: string, reading?: Reading): Promise<DeployTemplate> {
    return this.#records.get(ident, reading);
  }

  find(ident: string, reading?: Reading): Promise<DeployTemplate | null> {
    return this.#records.find(ident, reading);
  }

  list(query?: Query): Promise<readonly DeployTemplate[]> {
    return this.#records.list(query);
  }

  create(values: NewDeployTemplate): Promise<DeployTemplate> {
    return this.#records.create(values, { extra: {}, ...values });
  }

  update(uuid: string, changes: DeployTemplateChanges): Promise<DeployTemplate> {
    return this.#records.update(uuid, { ...changes });
  }

  async destroy(uuid: string): Promise<void> {
    if (!(await this.#records.remove(uuid))) throw DeployTemplateNotFound({ template: uuid });
  }
}
