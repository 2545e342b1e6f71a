// The first page, sign-up, login and logout.
import { checkPassword, hashPassword } from "../blog/passwords.ts";
import { AclHandler } from "./base.ts";
import { type Field, type Form, formOf, withError } from "./forms.ts";

/** A hash of more would be work for nothing. */
const MAX_PASSWORD = 200;

const SIGN_UP: readonly Field[] = [
  { name: "email", label: "E-mail", kind: "email", required: true },
  { name: "name", label: "Name", kind: "text", required: true, max: 100 },
  { name: "password", label: "Password", kind: "password", required: true, min: 8, max: MAX_PASSWORD },
];

export class HomeHandler extends AclHandler {
  override get(): void {
    this.render("home.html");
  }
}

export class SignUpHandler extends AclHandler {
  override get(): void {
    this.#show(formOf(SIGN_UP, {}));
  }

  override async post(): Promise<void> {
    const form = this.readForm(SIGN_UP);
    if (Object.keys(form.errors).length > 0) return this.#refuse(form);
    const { email, name, password } = form.values;
    const user = this.db.addUser(String(email), String(name), await hashPassword(String(password)));
    if (user === null) return this.#refuse(withError(form, "email", "This address has an account already."));
    this.logIn(user);
  }

  #show(form: Form): void {
    this.render("sign_up.html", { fields: SIGN_UP, form });
  }

  #refuse(form: Form): void {
    this.setStatus(400);
    this.#show(form);
  }
}

export class LoginHandler extends AclHandler {
  override get(): void {
    this.#show("", null);
  }

  override async post(): Promise<void> {
    const email = this.getBodyArgument("email", "");
    const password = this.getBodyArgument("password", "", { strip: false }).slice(0, MAX_PASSWORD + 1);
    const account = this.db.account(email);
    const known = await checkPassword(password, account?.password ?? null);
    if (known && account !== null) return this.logIn(account);
    this.setStatus(400);
    this.#show(email, "Address or password is wrong.");
  }

  #show(email: string, error: string | null): void {
    this.render("login.html", { email, error, next: this.getArgument("next", "/") });
  }
}

export class LogoutHandler extends AclHandler {
  override post(): void {
    this.logOut();
  }
}
