import { linkedBrokerContract } from "./linked_broker_contract.ts";

// The others need servers that are not everywhere: tests/interop/brokers_test.ts.
linkedBrokerContract(["workers"]);
