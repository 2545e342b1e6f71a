// The API of main.ts with Swagger UI, a package of 12 MB, in /docs/:
// deno run --allow-net --allow-read --allow-write examples/todo_api/with_pages.ts [--port=8888] [--db=FILE]
import { ApiPages } from "../../src/api/ui.ts";
import { serve } from "./serve.ts";

serve(ApiPages);
