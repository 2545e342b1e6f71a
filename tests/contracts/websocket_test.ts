import { ENDS } from "./_websocket/ends.ts";
import { websocketContract } from "./websocket_contract.ts";

for (const end of ENDS) websocketContract(end);
