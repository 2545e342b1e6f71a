// Tornado's demo of Facebook: deno run --allow-net examples/facebook/main.ts --key=... --secret=... [--graph=https://...]
import { option } from "../shared/option.ts";
import { startLogin } from "../shared/start_login.ts";
import { makeApp } from "./app.ts";

startLogin({ graph: option("graph"), dialog: option("dialog"), site: "" }, makeApp);
