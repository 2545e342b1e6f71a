/** Makes a record without prototype, in which names from the peer (`constructor`, `__proto__`) are names like others. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}

/** Adds one value to the list under a name, also in a record that has a prototype. */
export function appendTo<T>(record: Record<string, T[]>, name: string, value: T): void {
  const list = Object.hasOwn(record, name) ? record[name] : undefined;
  if (list !== undefined) list.push(value);
  // Assigning to `__proto__` would replace the prototype.
  else Object.defineProperty(record, name, { value: [value], writable: true, enumerable: true, configurable: true });
}
