"""Print expressions and statements of Python's own library with CPython's tree of each, one JSON object a line.

    python3 python_trees.py COUNT SEED
"""

import ast
import json
import os
import random
import sys
import sysconfig
import warnings

warnings.simplefilter("ignore")

STATEMENTS = (ast.Assign, ast.AugAssign, ast.Delete, ast.Assert, ast.Expr)
# What a template refuses, or what the tree of CPython does not keep apart.
REFUSED = (ast.Await, ast.Yield, ast.YieldFrom)


def tree(node):
    if isinstance(node, list):
        return [tree(item) for item in node]
    if isinstance(node, ast.arguments):
        names = {"posonlyargs", "args", "kwonlyargs"}
        result = {}
        for field, value in ast.iter_fields(node):
            if field in names:
                result[field] = [item.arg for item in value]
            elif field in ("vararg", "kwarg"):
                result[field] = value and value.arg
            else:
                result[field] = tree(value)
        return result
    if isinstance(node, ast.Constant):
        return constant(node.value)
    if isinstance(node, (ast.operator, ast.unaryop, ast.cmpop, ast.boolop)):
        return type(node).__name__
    if isinstance(node, ast.FormattedValue):
        conversion = None if node.conversion == -1 else chr(node.conversion)
        return {
            "kind": "FormattedValue",
            "value": tree(node.value),
            "conversion": conversion,
            "format_spec": tree(node.format_spec),
        }
    if isinstance(node, ast.AST):
        result = {} if isinstance(node, (ast.keyword, ast.comprehension)) else {"kind": type(node).__name__}
        for field, value in ast.iter_fields(node):
            if field not in ("ctx", "type_comment", "is_async"):
                result[field] = tree(value)
        return result
    return node


def constant(value):
    kind = {type(None): "None", type(Ellipsis): "Ellipsis"}.get(type(value), type(value).__name__)
    if value is None or value is Ellipsis:
        shown = None
    elif isinstance(value, bytes):
        shown = list(value)
    elif isinstance(value, complex):
        shown = repr(value.imag)
    elif isinstance(value, bool):
        shown = value
    elif isinstance(value, str):
        shown = value
    else:
        shown = repr(value)
    return {"kind": "Constant", "type": kind, "value": shown}


def usable(node, text):
    if text is None or len(text) > 2000 or "\\N{" in text:
        return False
    for inner in ast.walk(node):
        if isinstance(inner, REFUSED) or getattr(inner, "is_async", 0):
            return False
        if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float)) and len(repr(inner.value)) > 300:
            return False
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            try:
                inner.value.encode()
            except UnicodeEncodeError:
                return False
    return True


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    choose = random.Random(seed)
    files = []
    for folder, _, names in os.walk(sysconfig.get_paths()["stdlib"]):
        if "site-packages" in folder or "dist-packages" in folder or "lib2to3/tests/data" in folder:
            continue
        files += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    files.sort()
    choose.shuffle(files)
    found = 0
    for file in files:
        try:
            with open(file, encoding="utf-8") as source:
                text = source.read()
            module = ast.parse(text)
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        nodes = [node for node in ast.walk(module) if isinstance(node, (ast.expr,) + STATEMENTS)]
        # Trees of one node say little.
        nodes = [node for node in nodes if sum(1 for _ in ast.walk(node)) > 4]
        for node in choose.sample(nodes, min(40, len(nodes))):
            if isinstance(node, (ast.Slice, ast.Starred, ast.FormattedValue)):
                continue
            segment = ast.get_source_segment(text, node)
            if not usable(node, segment):
                continue
            is_statement = isinstance(node, STATEMENTS)
            try:
                # A segment may need the brackets that stood around it: of a generator, say.
                parsed = ast.parse(segment if is_statement else "(" + segment + "\n)", mode="exec" if is_statement else "eval")
                if not is_statement and "\n" not in segment:
                    parsed = ast.parse(segment, mode="eval")
            except SyntaxError:
                continue
            if is_statement:
                if len(parsed.body) != 1:
                    continue
                source, result = segment, parsed.body[0]
            else:
                source, result = (segment if "\n" not in segment else "(" + segment + "\n)"), parsed.body
            print(json.dumps({"source": source, "statement": is_statement, "tree": tree(result)}))
            found += 1
            if found >= count:
                return


main()
