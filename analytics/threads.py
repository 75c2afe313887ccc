"""One thread for the libraries below numpy and scikit-learn.

On problems as small as ours their threads wait for each other longer than they work: a fit of five parameters took
fifteen times as long with two. One alone also adds up in the same order everywhere.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def one_thread(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """The function with those libraries kept to one thread while it runs."""
    wrapped: Callable[_Given, _Found] = threadpool_limits.wrap(1)(function)
    return wrapped
