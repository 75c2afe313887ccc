"""How many requests somebody may make: a bucket of tokens each, filled again at a steady rate."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000  # whom a process remembers


class Rates:
    """Buckets by whoever asks: `at_once` requests, then `per_second`."""

    def __init__(self, *, per_second: float, at_once: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._room, self._now = per_second, at_once, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str) -> int:
        """Takes one request of somebody's; the seconds to wait where none is left, 0 where one was."""
        now = self._now()
        left, at = self._left.pop(who, (float(self._room), now))
        left = min(self._room, left + (now - at) * self._rate)
        is_let = left >= 1
        self._left[who] = (left - 1 if is_let else left, now)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return 0 if is_let else math.ceil((1 - left) / self._rate)
