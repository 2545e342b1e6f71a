"""Reads {"count": n, "mutations": n, "seed": n} from standard input, and writes a JSON list to standard output.

It has expressions and statements of Python's own library, and copies of them with a few faults put in. Each has
"source", "statement" (true or false) and "tree", that of CPython, or null where CPython refuses the source.
"""

import ast
import io
import itertools
import json
import os
import random
import sys
import sysconfig
import tokenize
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


TOKENS = (
    "( ) [ ] { } , : . ; = == != <= := + - * ** / // % & | ^ ~ << -> ! @ ... += "
    "a b1 _ 1 0 1.5 1e3 0x1f 07 1_0 1__0 'x' \"y\" f'{a}' f'{a' b'z' r'\\d' '\\x1' "
    "if else for in is not and or lambda None True False del assert import pass await yield async"
).split()


def mutate(choose, case):
    """A case with one to three tokens dropped, doubled, swapped, replaced or put in; None if it is no longer usable."""
    try:
        tokens = [token.string for token in tokenize.generate_tokens(io.StringIO(case["source"]).readline)]
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return None
    tokens = [token for token in tokens if token.strip()]
    if len(tokens) > 120 or len(tokens) < 2 or any(token.startswith("#") for token in tokens):
        return None
    for _ in range(choose.randint(1, 3)):
        at = choose.randrange(len(tokens))
        change = choose.randrange(5)
        if change == 0:
            tokens[at : at + 1] = []
        elif change == 1:
            tokens.insert(at, tokens[at])
        elif change == 2:
            other = choose.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif change == 3:
            tokens[at] = choose.choice(TOKENS)
        else:
            tokens.insert(at, choose.choice(TOKENS))
        if not tokens:
            return None
    source = " ".join(tokens)
    refused = {"source": source, "statement": case["statement"], "tree": None}
    # Tornado writes an expression so.
    text = source if case["statement"] else "_tt_tmp = " + source
    try:
        body = ast.parse(text).body
        compile(text, "<case>", "exec")
    except (SyntaxError, ValueError):
        return refused
    if case["statement"]:
        # Several statements, and those that are tags of their own, are beyond what one `set` may hold.
        if len(body) != 1 or not isinstance(body[0], STATEMENTS):
            return None
        body = body[0]
    else:
        # Tornado lets a tag `{{ x = 1 }}` set a name.
        if len(body) != 1 or not isinstance(body[0], ast.Assign) or len(body[0].targets) != 1:
            return refused
        body = body[0].value
    if not usable(body, source):
        return None
    return {"source": source, "statement": case["statement"], "tree": tree(body)}


def main():
    question = json.load(sys.stdin)
    choose = random.Random(question["seed"])
    cases = list(itertools.islice(library_cases(choose), question["count"]))
    mutated = [mutate(choose, choose.choice(cases)) for _ in range(question["mutations"])]
    json.dump(cases + [case for case in mutated if case], sys.stdout)


def library_cases(choose):
    files = []
    for folder, _, names in os.walk(sysconfig.get_paths()["stdlib"]):
        if "site-packages" in folder or "dist-packages" in folder or "lib2to3/tests/data" in folder:
            continue
        files += [os.path.join(folder, name) for name in names if name.endswith(".py")]
    files.sort()
    choose.shuffle(files)
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
            yield {"source": source, "statement": is_statement, "tree": tree(result)}


main()
