import { ENGINES } from "./_http_server/engine.ts";
import { WAYS } from "./_http_server/site.ts";
import { httpServerContract, siteContract } from "./http_server_contract.ts";

for (const engine of ENGINES) httpServerContract(engine);
for (const way of WAYS) siteContract(way);
