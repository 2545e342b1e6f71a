"""Reads command lines with Tornado's options: JSON of definitions and arguments in, values and refusals out."""
import datetime
import io
import json
import sys

from tornado.options import Error, OptionParser

TYPES = {
    "string": str,
    "int": int,
    "float": float,
    "boolean": bool,
    "datetime": datetime.datetime,
    "timedelta": datetime.timedelta,
}


def plain(value):
    """A value as our side writes it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    if isinstance(value, datetime.timedelta):
        return (value.days * 86400 + value.seconds) * 1000000 + value.microseconds
    if isinstance(value, float):
        return repr(float(value)) if value != value or value in (float("inf"), float("-inf")) else value
    return value


def define(options, definitions):
    for name, settings in definitions:
        kwargs = dict(settings)
        kwargs["type"] = TYPES[kwargs.pop("type")]
        if "defaultValue" in kwargs:
            kwargs["default"] = kwargs.pop("defaultValue")
        options.define(name, **kwargs)


def answer(case):
    options = OptionParser()
    define(options, case["definitions"])
    out = io.StringIO()
    sys.stderr, before = out, sys.stderr
    try:
        rest = options.parse_command_line(["main.py"] + case["args"])
    except SystemExit:
        return {"help": True}
    except Error as error:
        return {"error": str(error)}
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        sys.stderr = before
    return {"rest": rest, "values": {name: plain(value) for name, value in options.items() if name != "help"}}


def help_text(case):
    options = OptionParser()
    define(options, case["definitions"])
    out = io.StringIO()
    options.print_help(out)
    return out.getvalue()


def config(case):
    options = OptionParser()
    define(options, case["definitions"])
    try:
        options.parse_config_file(case["path"])
    except Exception as error:
        return {"error": type(error).__name__}
    return {"values": {name: plain(value) for name, value in options.items() if name != "help"}}


question = json.load(sys.stdin)
json.dump(
    {
        "answers": [answer(case) for case in question.get("cases", [])],
        "help": [help_text(case) for case in question.get("help", [])],
        "config": [config(case) for case in question.get("config", [])],
    },
    sys.stdout,
)
