"""Times Tornado on the pages that come as JSON on standard input; milliseconds by page go to standard output."""
import json
import statistics
import sys
import time

from tornado import template


class Obj(dict):
    __getattr__ = dict.__getitem__


def wrap(value):
    if isinstance(value, dict):
        return Obj((k, wrap(v)) for k, v in value.items())
    return [wrap(v) for v in value] if isinstance(value, list) else value


class Modules:
    def __init__(self, loader):
        self.loader = loader

    def Card(self, item):
        return self.loader.load("card").generate(item=item)


def prepare(files):
    loader = template.DictLoader(files)
    loader.namespace = {"_tt_modules": Modules(loader)}
    return loader.load("page")


figures = {}
for page in json.load(sys.stdin):
    data = wrap(page["data"])
    rendered, first = [], []
    loaded = prepare(page["files"])
    for _ in range(25):
        start = time.perf_counter()
        loaded.generate(**data)
        rendered.append(time.perf_counter() - start)
        start = time.perf_counter()
        prepare(page["files"]).generate(**data)
        first.append(time.perf_counter() - start)
    figures[page["name"]] = {
        "render": statistics.median(rendered) * 1000,
        "first": statistics.median(first) * 1000,
    }
json.dump(figures, sys.stdout)
