import { linkedBrokerContract } from "../contracts/linked_broker_contract.ts";

linkedBrokerContract(["redis", "nats"]);
