// Tornado's login by Google: deno run --allow-net examples/google_auth/main.ts --key=... --secret=... [--issuer=https://...]
import { option } from "../shared/option.ts";
import { startLogin } from "../shared/start_login.ts";
import { makeApp } from "./app.ts";

startLogin({ issuer: option("issuer"), site: "" }, makeApp);
