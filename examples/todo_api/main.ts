// An API of todos: deno run --allow-net --allow-read --allow-write examples/todo_api/main.ts [--port=8888] [--db=FILE]
import { serve } from "./serve.ts";

serve();
