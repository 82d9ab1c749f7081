"""Imported last by servers: what they are told on standard input, as soon as the parent knows it.

Until then they have loaded what every process needs, so that nobody waits for that.
"""

import inspect
import sys
from contextlib import suppress
from functools import cache

clean = inspect.cleandoc
# Matplotlib cleans the same few hundred docstrings thousands of times, a tenth of what it takes.
inspect.cleandoc = cache(clean)
for name in sys.stdin.read().split():
    with suppress(Exception):  # the snippet that imports it says so, with its line
        __import__(name)
inspect.cleandoc = clean
