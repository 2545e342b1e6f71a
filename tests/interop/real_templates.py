"""Renders templates of real programs: pages as JSON on standard input, what Tornado makes of them on standard output.

A page has folder, name and data. In the data, {"$date": seconds} is a datetime in UTC without a time zone.
"""
import datetime
import json
import sys

from tornado import escape, locale, template

# Tornado 6.5 writes an apostrophe so; 6.2, which may be the one at hand, writes &#39;.
escape._XHTML_ESCAPE_DICT["'"] = "&#x27;"


class Obj(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def wrap(value):
    if isinstance(value, list):
        return [wrap(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=value["$date"])
    return Obj((key, wrap(item)) for key, item in value.items())


def render(page):
    loader = template.Loader(page["folder"])

    def part(name, **names):
        return loader.load(name).generate(**{**namespace, **names}).decode()

    modules = Obj(
        Template=part,
        Entry=lambda entry: part("modules/entry.html", entry=entry),
        Post=lambda post: part("modules/post.html", post=post),
        linkify=lambda text: escape.linkify(text),
        xsrf_form_html=lambda: '<input type="hidden" name="_xsrf"/>',
    )
    namespace = dict(
        _=lambda text: text,
        _tt_modules=modules,
        datetime=datetime,
        modules=modules,
        locale=locale.get("en_US"),
        static_url=lambda path: "/static/" + path,
        format_bytes=lambda n: "%.2f kiB" % (n / 1024),
        format_time=lambda n: "%.3f s" % n,
        fromtimestamp=datetime.datetime.utcfromtimestamp,
        time=lambda: 1000.5,
    )
    namespace.update(wrap(page["data"]))
    if "request" in namespace:
        namespace["request"]["full_url"] = lambda: "http://blog.test/feed"
    if "scheduler" in namespace:
        story = [tuple(row) for row in namespace["scheduler"]["rows"]]
        namespace["scheduler"]["story"] = lambda key: story
    return loader.load(page["name"]).generate(**namespace).decode()


json.dump([render(page) for page in json.load(sys.stdin)], sys.stdout)
