import { ENGINES } from "./_http_server/engine.ts";
import { httpServerContract } from "./http_server_contract.ts";

for (const engine of ENGINES) httpServerContract(engine);
