/**
 * A little site that Twister and Tornado serve together: log in, write, look at a page. `site.py` is its other half.
 *
 * @module
 */
import { Application, authenticated, type CookieSecret, RequestHandler, UIModule } from "../../../src/web/mod.ts";
import { projectRoot } from "../../../tools/project.ts";

/** How a site signs, and whom it believes. */
export interface Variant {
  readonly secret: CookieSecret;
  /** With several secrets, the one that signs here, and the one that signs on Tornado. */
  readonly keyVersion: number | null;
  readonly theirKeyVersion: number | null;
  readonly cookieVersion: number;
  readonly xsrfVersion: number;
  readonly trustedDownstream: readonly string[];
}

const here = `${projectRoot}/tests/interop/alternating`;

const ENTRIES = [
  { title: "Größe & <Maß>", text: "日本語 ✓ 🙂" },
  { title: 'A "quoted" one', text: "" },
];

abstract class Base extends RequestHandler {
  override getCurrentUser(): string | null {
    const user = this.getSignedCookie("user");
    return user === null ? null : new TextDecoder().decode(user);
  }
}

class Login extends Base {
  #version = 2;
  override initialize({ version }: { version: number }): void {
    this.#version = version;
  }
  override get(): void {
    this.write(this.xsrfFormHtml());
  }
  override post(): void {
    this.setSignedCookie("user", this.getBodyArgument("name"), { version: this.#version, httponly: true });
    this.redirect("/me");
  }
}

class Logout extends Base {
  override post(): void {
    this.clearCookie("user");
    this.redirect("/me");
  }
}

class Me extends Base {
  @authenticated
  override get(): void {
    this.write(`${this.currentUser}|${this.getSignedCookieKeyVersion("user") ?? "-"}`);
  }
}

class Note extends Base {
  @authenticated
  override get(): void {
    this.write(this.xsrfFormHtml());
  }
  @authenticated
  override post(): void {
    this.write(`${this.currentUser}: ${this.getBodyArgument("text")}`);
  }
}

class Page extends Base {
  override get(): void {
    this.render("page.html", { title: "Überblick & mehr", entries: ENTRIES });
  }
}

class Peer extends Base {
  override get(): void {
    this.write(`${this.request.remoteIp} ${this.request.protocol}`);
  }
}

class Entry extends UIModule {
  override render(entry: typeof ENTRIES[number]): string {
    return this.renderString("entry.html", { entry });
  }
  override cssFiles(): string {
    return "entry.css";
  }
  override javascriptFiles(): string {
    return "entry.js";
  }
  override embeddedCss(): string {
    return "h2 { color: #345; }";
  }
  override embeddedJavascript(): string {
    return 'console.log("geladen ✓");';
  }
  override htmlBody(): string {
    return "<footer>Schluß</footer>";
  }
}

/** The site as we serve it. */
export function makeSite({ secret, keyVersion, cookieVersion, xsrfVersion }: Variant): Application {
  return new Application([
    ["/login", Login, { version: cookieVersion }],
    ["/logout", Logout],
    ["/me", Me],
    ["/note", Note],
    ["/page", Page],
    ["/peer", Peer],
  ], {
    cookieSecret: secret,
    ...(keyVersion === null ? {} : { keyVersion }),
    xsrfCookies: true,
    xsrfCookieVersion: xsrfVersion,
    loginUrl: "/login",
    templatePath: `${here}/templates`,
    staticPath: `${here}/static`,
    uiModules: { Entry },
    logFunction() {},
  });
}

/** The variants as Tornado serves them, in a process of its own. */
export interface TornadoSites extends AsyncDisposable {
  /** Where they listen, in their order. */
  readonly ports: readonly number[];
}

/**
 * Starts Tornado.
 *
 * @throws {Error} If it ends without listening; what it has to say went to standard error.
 */
export async function startTornado(variants: readonly Variant[]): Promise<TornadoSites> {
  const child = new Deno.Command("/usr/bin/python3", {
    args: ["-W", "ignore", `${here}/site.py`, JSON.stringify(variants)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("Tornado ended without listening");
    text += value;
  }
  return {
    ports: JSON.parse(text),
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}
