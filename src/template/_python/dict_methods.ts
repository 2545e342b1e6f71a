import { type Keywords, pairsOf } from "./call.ts";
import { defineMethods, type Methods } from "./define_methods.ts";
import { ABSENT, dictDelete, dictGet, dictItems, dictSet, makeDict } from "./dicts.ts";
import { keyError } from "./exception_values.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { isIterable, unpack } from "./sequences.ts";
import { type Dict, isDict, iterate, list, own, tuple } from "./values.ts";

function orNull(value: unknown): unknown {
  return value === undefined ? null : value;
}

/** The pairs that `dict()` and `update()` take: of a dict, or of an iterable of pairs. */
export function pairsFrom(args: readonly unknown[], keywords: Keywords, name: string): (readonly unknown[])[] {
  if (args.length > 1) {
    throw new PythonError(TYPE_ERROR, `${name} expected at most 1 argument, got ${args.length}`);
  }
  const pairs: (readonly unknown[])[] = [];
  for (const source of args) {
    if (isDict(source)) pairs.push(...pairsOf(source));
    else {
      for (const pair of iterate(source)) {
        if (!isIterable(pair)) {
          const place = `dictionary update sequence element #${pairs.length}`;
          throw new PythonError(TYPE_ERROR, `cannot convert ${place} to a sequence`);
        }
        const items = list(pair);
        if (items.length !== 2) {
          const place = `dictionary update sequence element #${pairs.length}`;
          throw new PythonError(VALUE_ERROR, `${place} has length ${items.length}; 2 is required`);
        }
        pairs.push(unpack(pair, 2));
      }
    }
  }
  return [...pairs, ...keywords];
}

function pop(self: Dict, key: unknown, otherwise: unknown): unknown {
  const value = dictDelete(self, key);
  if (value !== ABSENT) return value;
  if (otherwise === undefined) throw keyError(key);
  return otherwise;
}

function setDefault(self: Dict, key: unknown, value: unknown): unknown {
  const found = dictGet(self, key);
  if (found !== ABSENT) return found;
  dictSet(self, key, orNull(value));
  return orNull(value);
}

export function fromKeys(keys: unknown, value: unknown): Dict {
  return makeDict(list(keys).map((key) => [key, orNull(value)]));
}

/** The methods of `dict`; `items`, `keys` and `values` give lists. */
export const DICT_METHODS: Methods = defineMethods("dict", isDict, {
  clear: ["", (self) => {
    for (const [key] of dictItems(self)) dictDelete(self, key);
    return null;
  }],
  copy: ["", (self) => makeDict(dictItems(self))],
  fromkeys: ["iterable value? /", (_self, keys, value) => fromKeys(keys, value)],
  get: ["key default? /", (self, key, otherwise) => {
    const value = dictGet(self, key);
    return value === ABSENT ? orNull(otherwise) : value;
  }],
  has_key: ["key /", (self, key) => dictGet(self, key) !== ABSENT],
  items: ["", items],
  iteritems: ["", items],
  iterkeys: ["", keys],
  itervalues: ["", values],
  keys: ["", keys],
  pop: ["key default? /", pop],
  popitem: ["", (self) => {
    const last = dictItems(self).at(-1);
    if (last === undefined) throw keyError("popitem(): dictionary is empty");
    dictDelete(self, last[0]);
    return tuple(last);
  }],
  setdefault: ["key default? /", setDefault],
  update: (self, args, keywords) => {
    for (const [key, value] of pairsFrom(args, keywords, "update")) dictSet(self, key, value);
    return null;
  },
  values: ["", values],
});

function items(self: Dict): unknown[] {
  return own(dictItems(self).map(tuple));
}

function keys(self: Dict): unknown[] {
  return own(dictItems(self).map(([key]) => key));
}

function values(self: Dict): unknown[] {
  return own(dictItems(self).map(([, value]) => value));
}
