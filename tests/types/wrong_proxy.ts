// Mistakes in rules of a proxy. Behind each directive stands a part of the message that the compiler shows.
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { Application } from "../../src/web/mod.ts";

const upstreams = new Upstreams();

export const wrong: unknown[] = [
  // @ts-expect-error: Source has 2 element(s) but target requires 3
  new Application([["/", ProxyHandler]]),
  // @ts-expect-error: Type 'string[]' is missing the following properties from type 'Upstreams'
  new Application([["/", ProxyHandler, { upstreams: ["http://127.0.0.1:8001"] }]]),
  // @ts-expect-error: Type 'number' is not assignable to type 'string'
  new Application([["/", ProxyHandler, { upstreams, via: 1 }]]),
  // @ts-expect-error: Type '"fastest"' is not assignable to type 'Balancing | undefined'
  new Upstreams([], { balancing: "fastest" }),
  // @ts-expect-error: Property 'secret' is missing in type '{ stickyCookie: string; }'
  new Upstreams([], { balancing: { stickyCookie: "server" } }),
];
