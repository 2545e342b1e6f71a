// Mistakes in handlers. Behind each directive stands a part of the message that the compiler shows.
import { type Bytes, Finish, RequestHandler, UIModule } from "../../src/web/mod.ts";
import { Topics, websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";

interface User {
  readonly name: string;
}

// The text of a group of the path, and nothing else.

export class Numbered extends RequestHandler {
  // @ts-expect-error: Type 'PathValue' is not assignable to type 'number'
  override get(_id: number): void {}
  // @ts-expect-error: Type 'PathValue' is not assignable to type 'boolean'
  override post(_id: string, _all: boolean): void {}
  // @ts-expect-error: Type 'PathValue' is not assignable to type '{ id: number; }'
  override put(_groups: { id: number }): void {}
  // @ts-expect-error: Type 'PathValue' is not assignable to type 'Date'
  override async delete(_day: Date): Promise<void> {}
  // @ts-expect-error: Type 'string' is not assignable to type 'void | Promise<void>'
  override patch(): string {
    return "lost";
  }
}

// What can be written.

class Writes extends RequestHandler {
  override get(): void {
    // @ts-expect-error: Argument of type 'Map<string, number>' is not assignable to parameter of type 'Chunk'
    this.write(new Map([["a", 1]]));
    // @ts-expect-error: Argument of type 'number[]' is not assignable to parameter of type 'Chunk'
    this.write([1]);
    // @ts-expect-error: Argument of type 'Set<number>' is not assignable to parameter of type 'Chunk'
    this.write(new Set([1]));
    // @ts-expect-error: Argument of type 'Promise<string>' is not assignable to parameter of type 'Chunk'
    this.write(this.renderStringAsync("page.html"));
    // @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'Chunk'
    this.write(7);
    // @ts-expect-error: Argument of type 'null' is not assignable to parameter of type 'Chunk'
    this.write(null);
    // @ts-expect-error: Argument of type '() => string' is not assignable to parameter of type 'Chunk'
    this.write(() => "text");
    // @ts-expect-error: Argument of type 'Response' is not assignable to parameter of type 'Chunk'
    this.write(new Response("text"));
    // @ts-expect-error: Argument of type 'RegExp' is not assignable to parameter of type 'Chunk'
    this.write(/text/);
    // @ts-expect-error: Argument of type 'ReadableStream<string>' is not assignable to parameter of type 'Chunk'
    this.write(ReadableStream.from(["text"]));
    // @ts-expect-error: Argument of type 'number[]' is not assignable to parameter of type 'Chunk
    this.finish([1]);
    // @ts-expect-error: Argument of type 'number[]' is not assignable to parameter of type 'Chunk
    if (this.request.method === "HEAD") throw new Finish([1]);
    // @ts-expect-error: 'json' is of type 'unknown'
    const json = this.getBodyJson(), name: string = json.name;
    this.write(name);
  }
}

// The user is what `getCurrentUser` returns.

class Profile extends RequestHandler {
  override getCurrentUser(): User | null {
    return null;
  }

  override get(): void {
    // @ts-expect-error: Type 'User | null' is not assignable to type 'string'
    const name: string = this.currentUser;
    // @ts-expect-error: Object is possibly 'null'
    this.write(`${name}${this.currentUser.name}`);
    // @ts-expect-error: Property 'email' does not exist on type
    this.write(`${this.currentUser?.email}`);
  }
}

class Anonymous extends RequestHandler {
  override get(): void {
    // @ts-expect-error: Property 'name' does not exist on type
    this.write(`${this.currentUser.name}`);
  }
}

export class Badge extends UIModule<Profile> {
  override render(): string {
    // @ts-expect-error: Object is possibly 'null'
    return this.currentUser.name;
  }
}

// The arguments of the rule.

class Declared extends RequestHandler {
  declare readonly kwargs: { title: string };

  override get(): void {
    // @ts-expect-error: Did you mean 'title'?
    this.write(`${this.kwargs.titel}`);
    // @ts-expect-error: Cannot assign to 'kwargs' because it is a read-only property
    this.kwargs = { title: "other" };
  }
}

class Undeclared extends RequestHandler {
  override get(): void {
    // @ts-expect-error: Property 'title' does not exist on type 'NoKwargs'
    this.write(`${this.kwargs.title}`);
  }
}

// A client may send frames of text and of bytes.

export class TextOnly extends WebSocketHandler {
  // @ts-expect-error: Type 'Bytes' is not assignable to type 'string'
  override onMessage(_message: string): void {}
}

export class LaterTextOnly extends WebSocketHandler {
  // @ts-expect-error: Type 'Bytes' is not assignable to type 'string'
  override async onMessage(_message: string): Promise<void> {}
}

export class BytesOnly extends WebSocketHandler {
  // @ts-expect-error: Type 'string' is not assignable to type 'Bytes'
  override onMessage(_message: Bytes): void {}
}

export class Numbers extends WebSocketHandler {
  // @ts-expect-error: is not assignable to type 'number'
  override open(_room: number): void {}
  // @ts-expect-error: is not assignable to type 'object'
  override onMessage(_message: object): void {}
}

// What can be sent.

class Sends extends WebSocketHandler {
  override async open(): Promise<void> {
    // @ts-expect-error: Argument of type 'Map<string, number>' is not assignable to parameter of type 'Message'
    this.writeMessage(new Map([["a", 1]]));
    // @ts-expect-error: Argument of type 'Set<number>' is not assignable to parameter of type 'Message'
    this.writeMessage(new Set([1]));
    // @ts-expect-error: Argument of type 'Promise<Response>' is not assignable to parameter of type 'Message'
    this.writeMessage(fetch("http://localhost/"));
    // @ts-expect-error: Argument of type 'Headers' is not assignable to parameter of type 'Message'
    this.writeMessage(new Headers());
    // @ts-expect-error: Argument of type 'Float64Array<ArrayBuffer>' is not assignable to parameter of type 'Message'
    this.writeMessage(new Float64Array(1));
    // @ts-expect-error: Argument of type '() => string' is not assignable to parameter of type 'Message'
    this.writeMessage(() => "text");
    const client = await websocketConnect("ws://localhost/");
    // @ts-expect-error: Argument of type 'Map<string, number>' is not assignable to parameter of type 'Message'
    client.writeMessage(new Map([["a", 1]]));
    // @ts-expect-error: Argument of type 'Set<number>' is not assignable to parameter of type 'Message'
    new Topics().publish("topic", new Set([1]));
  }
}

export const handlers: unknown[] = [Writes, Profile, Anonymous, Declared, Undeclared, Sends];
