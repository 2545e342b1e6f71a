// The clock of the tests is the one that users get.
export { FakeClock, settled } from "../../src/testing/fake_clock.ts";
