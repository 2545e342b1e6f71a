import type { RuleTuple } from "../_routing/rule.ts";
import { DEFAULT_STATIC_PREFIX, type Settings, type StaticHandlerClass } from "../settings.ts";

/** What has a meaning in a pattern. */
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** The rules for static files that the settings ask for; they come before all others, in Tornado's order. */
export function staticRules(settings: Settings, handlerClass: StaticHandlerClass): RuleTuple[] {
  const { staticPath, staticUrlPrefix = DEFAULT_STATIC_PREFIX, staticHandlerArgs = {} } = settings;
  if (!staticPath) return [];
  const prefix = staticUrlPrefix.replace(SPECIAL, "\\$&");
  const patterns = ["/(robots\\.txt)", "/(favicon\\.ico)", `${prefix}(.*)`];
  return patterns.map((pattern) => [pattern, handlerClass, { ...staticHandlerArgs, path: staticPath }]);
}
