// Prints the flags that a child would get, or the error: [named permissions as JSON].
import { permissionFlags } from "../../../src/net/_process/permission_flags.ts";

try {
  console.log(JSON.stringify(permissionFlags(JSON.parse(Deno.args[0] ?? "null"))));
} catch (error) {
  console.log(String(error));
}
