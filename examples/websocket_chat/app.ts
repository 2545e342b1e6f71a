// The chat's routes and settings. Everything is imported, so that the program also runs by URL and reads no file.
import { fileRoutes } from "../shared/files.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, url } from "../../src/web/mod.ts";
import { Topics, type WebSocketSettings } from "../../src/websocket/mod.ts";
import { type Chat, ChatSocket } from "./chat_socket.ts";
import style from "./page/chat.css" with { type: "text" };
import chat from "./page/chat.js" with { type: "text" };
import connection from "./page/connection.js" with { type: "text" };
import picture from "./page/picture.js" with { type: "text" };
import sidebar from "./page/sidebar.js" with { type: "text" };
import talk from "./page/talk.js" with { type: "text" };
import { FrontHandler, OpenRoomHandler, RoomHandler } from "./pages.ts";
import { MAX_MESSAGE_BYTES } from "./protocol.ts";
import { MAX_HISTORY, type Rooms } from "./rooms.ts";
import message from "./templates/modules/message.html" with { type: "text" };
import person from "./templates/modules/person.html" with { type: "text" };
import roomLink from "./templates/modules/room_link.html" with { type: "text" };
import nameForm from "./templates/name_form.html" with { type: "text" };
import room from "./templates/room.html" with { type: "text" };
import * as uiModules from "./ui_modules.ts";

const TEMPLATES = {
  "room.html": room,
  "name_form.html": nameForm,
  "modules/message.html": message,
  "modules/person.html": person,
  "modules/room_link.html": roomLink,
};

const WEBSOCKETS: WebSocketSettings = {
  // Proxies cut connections that are silent for 30 s or more.
  websocketPingInterval: 25,
  websocketMaxMessageSize: MAX_MESSAGE_BYTES,
  // Twice the longest welcome. A page that does not read loses the connection and nothing else: it returns and resumes.
  websocketHighWaterMark: 2 * MAX_HISTORY * MAX_MESSAGE_BYTES,
  websocketBackpressure: "close",
  // Service restart: the page comes back, to the next server.
  websocketDrainCode: 1012,
};

/**
 * The chat over a set of rooms; call `rooms.close()` before the server is drained.
 *
 * @param cookieSecret Signs the names. Pages that come from a server with another secret tell their name again.
 */
export function makeChat(rooms: Rooms, cookieSecret: string): Application {
  const state: Chat = { rooms, topics: new Topics() };
  return new Application([
    ["/", FrontHandler],
    ["/rooms", OpenRoomHandler],
    url("/rooms/([^/]+)", RoomHandler, { kwargs: state, name: "room" }),
    ["/socket/([^/]+)", ChatSocket, state],
    ...fileRoutes({
      "/chat.css": style,
      "/chat.js": chat,
      "/connection.js": connection,
      "/picture.js": picture,
      "/sidebar.js": sidebar,
      "/talk.js": talk,
    }),
  ], {
    ...WEBSOCKETS,
    templateLoader: new DictLoader(TEMPLATES),
    uiModules,
    xsrfCookies: true,
    xsrfCookieKwargs: { samesite: "Lax" },
    cookieSecret,
  });
}
