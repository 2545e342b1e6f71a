// 1,000 answers of 2,000 tokens, each read over six connections that are cut at random: are the texts equal?
//
//   deno task check:token-stream [streams] [tokens]
import { readCut } from "./cut_readers.ts";

const [streams = 1000, tokens = 2000] = Deno.args.map(Number);
const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
const begin = performance.now();
const { equal, repeated, connections, gaps } = await readCut({ streams, tokens, cuts: 5, seed });
const seconds = ((performance.now() - begin) / 1000).toFixed(1);
console.log(`seed ${seed}, ${connections} connections, ${seconds} s`);
console.log(`streams ${streams}, equal ${equal}, repeated ${repeated}, gaps ${gaps}`);
Deno.exit(equal === streams && repeated === 0 && gaps === 0 ? 0 : 1);
