// What ws/ needs of the opening handshake.
export {
  askForUpgrade,
  basicAuthorization,
  checkAnswer,
  handshakeRequest,
  parseTarget,
  WebSocketAnswerError,
} from "./_handshake/client.ts";
export { mayUpgrade, namesWebSocket, splitList } from "./_handshake/request_checks.ts";
