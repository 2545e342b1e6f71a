// Pages for the records of any model. Each says which permission it needs.
import { authenticated, HTTPError, url, type URLSpec } from "../../src/web/mod.ts";
import { AclHandler } from "./base.ts";
import type { AclDatabase } from "./database.ts";
import { type Form, formOf } from "./forms.ts";
import type { Action, Model } from "./models.ts";
import type { Records, StoredRecord } from "./records.ts";

const ON_PAGE = 20;
/** No leading zeros, so that a record has one address, and nothing that a number cannot hold. */
export const ID = "([1-9][0-9]{0,14})";
const PAGE = /^[1-9][0-9]{0,8}$/;

/** The five pages of a model. */
export function recordRoutes(db: AclDatabase, records: Records): URLSpec[] {
  const path = `/${records.model.name}`;
  const kwargs = { db, records };
  return [
    url(path, ListHandler, { kwargs }),
    url(`${path}/new`, CreateHandler, { kwargs }),
    url(`${path}/${ID}`, DetailHandler, { kwargs }),
    url(`${path}/${ID}/edit`, UpdateHandler, { kwargs }),
    url(`${path}/${ID}/delete`, DeleteHandler, { kwargs }),
  ];
}

export abstract class RecordHandler extends AclHandler {
  declare readonly kwargs: { db: AclDatabase; records: Records };
  /** The permission without which no method of this handler runs. */
  abstract readonly action: Action;

  @authenticated
  override prepare(): void {
    if (!this.may(this.action, this.model)) throw new HTTPError(403);
  }

  get records(): Records {
    return this.kwargs.records;
  }

  get model(): Model {
    return this.records.model;
  }

  get listUrl(): string {
    return `/${this.model.name}`;
  }

  override getTemplateNamespace(): Record<string, unknown> {
    return { ...super.getTemplateNamespace(), model: this.model, url: this.listUrl };
  }

  find(id: string): StoredRecord {
    const record = this.records.get(Number(id));
    if (record === null) throw new HTTPError(404);
    return record;
  }

  showForm(form: Form, record: StoredRecord | null): void {
    this.render("form.html", { form, record });
  }

  /** Shows the form again if there is something wrong with it. */
  acceptForm(record: StoredRecord | null): Form | null {
    const form = this.readForm(this.model.fields);
    if (Object.keys(form.errors).length === 0) return form;
    this.setStatus(400);
    this.showForm(form, record);
    return null;
  }
}

export class ListHandler extends RecordHandler {
  override readonly action = "read";

  override get(): void {
    const text = this.getQueryArgument("page", "1");
    if (!PAGE.test(text)) throw new HTTPError(404);
    const page = Number(text);
    const pages = Math.max(1, Math.ceil(this.records.count() / ON_PAGE));
    if (page > pages) throw new HTTPError(404);
    const records = this.records.list(ON_PAGE, (page - 1) * ON_PAGE);
    const columns = this.model.fields.filter(({ kind }) => kind !== "long");
    this.render("list.html", { records, columns, page, pages });
  }
}

export class DetailHandler extends RecordHandler {
  override readonly action = "read";

  override get(id: string): void {
    this.render("detail.html", { record: this.find(id) });
  }
}

export class CreateHandler extends RecordHandler {
  override readonly action = "write";

  override get(): void {
    this.showForm(formOf(this.model.fields, {}), null);
  }

  override post(): void {
    const form = this.acceptForm(null);
    if (form !== null) this.redirect(`${this.listUrl}/${this.records.add(form.values, this.user.name)}`);
  }
}

export class UpdateHandler extends RecordHandler {
  override readonly action = "write";

  override get(id: string): void {
    const record = this.find(id);
    this.showForm(formOf(this.model.fields, record.values), record);
  }

  override post(id: string): void {
    const record = this.find(id);
    const form = this.acceptForm(record);
    if (form === null) return;
    this.records.change(record.id, form.values, this.user.name);
    this.redirect(`${this.listUrl}/${record.id}`);
  }
}

export class DeleteHandler extends RecordHandler {
  override readonly action = "delete";

  override get(id: string): void {
    this.render("delete.html", { record: this.find(id) });
  }

  override post(id: string): void {
    this.records.remove(this.find(id).id);
    this.redirect(this.listUrl);
  }
}
