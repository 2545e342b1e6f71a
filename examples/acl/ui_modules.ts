// The UI modules of the record book: `uiModules` takes whatever of a file is one.
import { UIModule } from "../../src/web/mod.ts";
import type { Field, Form } from "./forms.ts";

const INPUT_TYPES = { text: "text", email: "email", password: "password", number: "number", date: "date" };

/** A field of a form with its label, what was typed, and what is wrong with that. */
export class FormField extends UIModule {
  override render(field: Field, form: Form): string {
    const { kind, name } = field;
    const type = kind === "long" || kind === "choice" ? null : INPUT_TYPES[kind];
    const text = form.typed[name] ?? "";
    return this.renderString("modules/field.html", { field, type, text, error: form.errors[name] ?? null });
  }
}
