"""Runs templates on Tornado: cases as JSON on standard input, what becomes of each as JSON on standard output.

A case has files, entry, namespace and options. The result is the output, or {"error": kind, "line": n, "file": name}.
"""
import json
import logging
import re
import sys
import traceback

from tornado import escape, template

# Tornado 6.5 writes an apostrophe so; 6.2, which may be the one at hand, writes &#39;.
escape._XHTML_ESCAPE_DICT["'"] = "&#x27;"
logging.getLogger("tornado.application").setLevel(logging.CRITICAL)

PLACE = re.compile(r"  # (?P<file>\S+):(?P<line>\d+)(?: \(via (?P<via>[^)]*)\))?$")


class Obj(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def wrap(value):
    if isinstance(value, dict):
        return Obj((k, wrap(v)) for k, v in value.items())
    return [wrap(v) for v in value] if isinstance(value, list) else value


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else value


def boom(message="boom"):
    raise RuntimeError(text(message))


class Modules:
    @staticmethod
    def Greet(name):
        return "<p>Hi %s</p>" % name

    @staticmethod
    def Rule():
        return "<hr>"


HELPERS = {
    "shout": lambda s: text(s).upper(),
    "brackets": lambda s: "[" + text(s) + "]",
    "twice": lambda s: text(s) + text(s),
    "trim": lambda s: text(s).strip(" \t\r\n"),
    "join2": lambda a, b: a + "-" + b,
    "add": lambda a, b: a + b,
    "ident": lambda x: x,
    "wrapper": lambda left, right: lambda s: left + text(s) + right,
    "boom": boom,
    "_tt_modules": Modules,
}


def place(code, lineno):
    for line in code.splitlines()[lineno - 1 :]:
        match = PLACE.search(line)
        if match and match["line"] != "0":
            via = match["via"].split(", ") if match["via"] else []
            return {"line": int(match["line"]), "file": match["file"], "via": via}
    return {}


def run(case):
    codes = []
    original = template.Template._generate_python

    def spy(self, loader):
        code = original(self, loader)
        codes.append(code)
        return code

    template.Template._generate_python = spy
    try:
        loader = template.DictLoader(case["files"], namespace=HELPERS, **case["options"])
        loaded = loader.load(case["entry"])
    except template.ParseError as e:
        return {"error": "parse", "line": e.lineno, "file": e.filename}
    except SyntaxError as e:
        return {"error": "syntax", **(place(codes[-1], e.lineno) if e.lineno else {})}
    except Exception:
        return {"error": "load"}
    finally:
        template.Template._generate_python = original
    try:
        return loaded.generate(**wrap(case["namespace"])).decode("utf-8")
    except Exception as e:
        where = {}
        for frame, lineno in traceback.walk_tb(e.__traceback__):
            if frame.f_code.co_filename.endswith(".generated.py"):
                where = place(loaded.code, lineno)
        return {"error": "runtime", "exception": type(e).__name__, "message": str(e), **where}


json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)
