/** Returns a name with dashes for underscores: Tornado makes no difference between them. */
export function dashes(name: string): string {
  return name.replaceAll("_", "-");
}

/** Returns a name as the command line shows it: `templatePath` and `template_path` are both `template-path`. */
export function kebab(name: string): string {
  return dashes(name).replace(/([a-z0-9])([A-Z]+)/g, "$1-$2").replace(/-[A-Z]+/g, (word) => word.toLowerCase());
}
