/**
 * A browser without a screen, for the pages of the examples.
 *
 * @module
 */
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { CookieJar } from "../../src/testing/cookie_jar.ts";
import type { Program } from "./program.ts";

/** The answer to a request; redirects are not followed. */
export interface Page {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** What is filled in, in the order of the form; a name may come twice. */
export type Fields = Record<string, string> | [string, string][];

/** A browser as far as forms need one: it keeps cookies, and sends the token of the form that it has seen. */
export class FormClient {
  #address: string;
  readonly #cookies = new CookieJar({ protocol: "http", host: "localhost", target: "/" });

  constructor(program: Program) {
    this.#address = program.address;
  }

  /** The same browser, for a program that has started again on another port. */
  moved(program: Program): this {
    this.#address = program.address;
    return this;
  }

  async get(path: string): Promise<Page> {
    return await this.#ask(path, {});
  }

  /** Fills in the form at `path`. */
  async submit(path: string, fields: Fields, to: string = path): Promise<Page> {
    const token = (await this.get(path)).text.match(/name="_xsrf" value="([^"]+)"/)?.[1] ?? "";
    const body = new URLSearchParams(fields);
    body.set("_xsrf", token);
    return await this.#ask(to, { method: "POST", body });
  }

  async post(path: string, fields: Fields): Promise<Page> {
    return await this.#ask(path, { method: "POST", body: new URLSearchParams(fields) });
  }

  async #ask(path: string, init: RequestInit): Promise<Page> {
    const target = { protocol: "http", host: "localhost", target: path } as const;
    const headers = { cookie: this.#cookies.header(target) };
    const response = await fetch(this.#address + path, { ...init, headers, redirect: "manual" });
    this.#cookies.store(target, new HTTPHeaders(response.headers));
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
  }
}
