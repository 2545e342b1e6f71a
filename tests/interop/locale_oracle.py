"""Answers questions about tornado.locale: one JSON object on standard input, its answer on standard output."""

import base64
import datetime
import gettext
import io
import json
import logging
import sys
import types

import tornado.locale

logging.disable(logging.CRITICAL)


def call(locale, method, arguments):
    return getattr(locale, method)(*arguments)


def look_up(directory, domain, questions):
    """Loads .mo files, then calls methods of locales: [[code, method, arguments], ...]."""
    tornado.locale.load_gettext_translations(directory, domain)
    return {
        "supported": sorted(tornado.locale.get_supported_locales()),
        "answers": [call(tornado.locale.get(code), method, arguments) for code, method, arguments in questions],
    }


def load_csv(directory, encoding):
    tornado.locale.load_translations(directory, encoding)
    return tornado.locale._translations


def plural(rules):
    """Values of plural expressions, None where there is a division by zero, "refused" for what is no rule, and
    "broken" where Python fails to compile its own translation of one."""

    def value(rule, n):
        try:
            return rule(n)
        except ZeroDivisionError:
            return None

    answers = []
    for expression, counts in rules:
        try:
            rule = gettext.c2py(expression)
        except ValueError:
            answers.append("refused")
        except SyntaxError:
            answers.append("broken")
        else:
            answers.append([value(rule, n) for n in counts])
    return answers


def catalogs(files):
    """The messages of .mo files given in base64, or None for those that cannot be read."""
    answers = []
    for file in files:
        try:
            catalog = gettext.GNUTranslations(io.BytesIO(base64.b64decode(file)))._catalog
        except Exception:
            answers.append(None)
        else:
            answers.append([[key, 0, text] if isinstance(key, str) else [*key, text, True] for key, text in catalog.items()])
    return answers


def stop_clock(now):
    moment = datetime.datetime.utcfromtimestamp(now)

    class StoppedDatetime(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return moment

    tornado.locale.datetime = types.SimpleNamespace(datetime=StoppedDatetime, timedelta=datetime.timedelta)


def dates(translations, questions):
    """format_date for [[code, now, date, gmt_offset, relative, shorter, full_format], ...]."""
    answers = []
    locales = {code: tornado.locale.CSVLocale(code, tables) for code, tables in translations.items()}
    for code, now, date, *options in questions:
        stop_clock(now)
        answers.append(locales[code].format_date(date, *options))
    return answers


def days(questions):
    """format_day for [[code, date, gmt_offset, dow], ...]."""
    return [
        tornado.locale.CSVLocale(code, {}).format_day(datetime.datetime.utcfromtimestamp(date), *options)
        for code, date, *options in questions
    ]


def closest(supported, default, questions):
    tornado.locale._translations = {code: {} for code in supported}
    tornado.locale.set_default_locale(default)
    return [tornado.locale.get(*codes).code for codes in questions]


def plain(codes, lists, numbers):
    locales = [tornado.locale.CSVLocale(code, {}) for code in codes]
    return [
        {
            "name": locale.name,
            "rtl": locale.rtl,
            "lists": [locale.list(parts) for parts in lists],
            "numbers": [locale.friendly_number(number) for number in numbers],
        }
        for locale in locales
    ]


question = json.load(sys.stdin)
json.dump(globals()[question["ask"]](*question["arguments"]), sys.stdout)
