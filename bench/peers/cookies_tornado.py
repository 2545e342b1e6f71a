"""Tornado's signed values. Takes name, value and secret."""
import json
import sys
import time
import timeit

from tornado.web import create_signed_value, decode_signed_value

name, value, secret = sys.argv[1:]
signed = create_signed_value(secret, name, value).decode()
assert decode_signed_value(secret, name, signed).decode() == value


def time_of(call):
    count, seconds = timeit.Timer(call, timer=time.process_time).autorange()
    return seconds * 1e6 / count


print(
    json.dumps(
        {
            "sign": time_of(lambda: create_signed_value(secret, name, value)),
            "verify": time_of(lambda: decode_signed_value(secret, name, signed)),
        }
    )
)
