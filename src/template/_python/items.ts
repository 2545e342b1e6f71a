import { ABSENT, dictDelete, dictGet, dictSet, hashText } from "./dicts.ts";
import { keyError } from "./exception_values.ts";
import { INDEX_ERROR, PythonError, TYPE_ERROR } from "./exceptions.ts";
import { allowed, storedIn } from "./application.ts";
import { isOpen } from "./members.ts";
import { assignSlice, characters, itemAt, slice, sliceIndexes } from "./sequences.ts";
import { indexOf, isDict, isFloat, numberOf, PythonValue, Range, SliceValue, Tuple, typeName } from "./values.ts";

/** Python's `x[key]`. */
export function getItem(object: unknown, key: unknown): unknown {
  if (key instanceof SliceValue) return slice(object, key);
  if (Array.isArray(object)) {
    if (typeof key === "number" && key >= 0 && key < object.length && Number.isInteger(key)) return object[key];
    return itemAt(object, key, typeName(object));
  }
  if (typeof object === "string") return characterAt(object, key);
  if (isDict(object)) {
    const value = dictGet(object, key);
    if (value === ABSENT) throw keyError(key);
    return value;
  }
  if (object instanceof Uint8Array) return itemAt(object, key, "byte", "index out of range");
  if (object instanceof Range) {
    const index = indexOf(key, "range indices must be integers or slices, not %");
    const at = index < 0 ? index + object.length : index;
    if (at < 0 || at >= object.length) throw new PythonError(INDEX_ERROR, "range object index out of range");
    return object.start + at * object.step;
  }
  if (object instanceof PythonValue) {
    const item = object.item(key);
    if (item !== undefined) return item;
  }
  if (isCollection(object)) {
    const value = object.has(key) ? object.get(key) : undefined;
    if (value === undefined) throw keyError(key);
    return allowed(value, String(key));
  }
  throw new PythonError(TYPE_ERROR, `'${typeName(object)}' object is not subscriptable`);
}

function characterAt(text: string, key: unknown): unknown {
  if (isFloat(key) || numberOf(key) === null) {
    throw new PythonError(TYPE_ERROR, `string indices must be integers, not '${typeName(key)}'`);
  }
  return itemAt(characters(text), key, "string");
}

/** A collection of the application, such as the headers of a request. */
interface Collection {
  has(key: unknown): boolean;
  get(key: unknown): unknown;
}

function isCollection(object: unknown): object is Collection {
  return isOpen(object) && "get" in object && typeof object.get === "function" && "has" in object &&
    typeof object.has === "function";
}

export function getSlice(object: unknown, lower: unknown, upper: unknown, step: unknown): unknown {
  return slice(object, new SliceValue(lower, upper, step));
}

export function setItem(object: unknown, key: unknown, value: unknown): void {
  if (Array.isArray(object) && !(object instanceof Tuple)) {
    if (key instanceof SliceValue) return assignSlice(object, key, value);
    object[listIndex(object, key, "assignment ")] = storedIn(object, value);
  } else if (isDict(object)) {
    hashText(key);
    dictSet(object, key, value);
  } else throw new PythonError(TYPE_ERROR, `'${typeName(object)}' object does not support item assignment`);
}

export function deleteItem(object: unknown, key: unknown): void {
  if (Array.isArray(object) && !(object instanceof Tuple)) {
    if (key instanceof SliceValue) {
      const indexes = [...sliceIndexes(key, object.length)].sort((a, b) => b - a);
      for (const index of indexes) object.splice(index, 1);
    } else object.splice(listIndex(object, key, "assignment "), 1);
  } else if (isDict(object)) {
    if (dictDelete(object, key) === ABSENT) throw keyError(key);
  } else {throw new PythonError(
      TYPE_ERROR,
      `'${typeName(object)}' object ${
        object instanceof Tuple || typeof object !== "string" ? "does not" : "doesn't"
      } support item deletion`,
    );}
}

function listIndex(list: readonly unknown[], key: unknown, use: string): number {
  const index = indexOf(key, "list indices must be integers or slices, not %");
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) throw new PythonError(INDEX_ERROR, `list ${use}index out of range`);
  return at;
}
