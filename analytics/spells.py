"""Spells: stretches of steps in a row on which something held."""

from collections.abc import Iterable


def spells(held: Iterable[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """The first and the last step of each stretch, by subject; `held` are subjects with the steps on which it held.

    Steps are numbered; those of a stretch follow each other without a hole. The order of `held` does not matter.
    """
    found: list[tuple[str, int, int]] = []
    for subject, step in sorted(set(held)):
        if found and found[-1][0] == subject and found[-1][2] == step - 1:
            found[-1] = (subject, found[-1][1], step)
        else:
            found.append((subject, step, step))
    return found
