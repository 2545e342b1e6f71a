// Loaded by a process that waits for its program: the parts of Deno that the first server takes time to find.
import { handleBinding } from "../_transport/handle_binding.ts";

handleBinding();
