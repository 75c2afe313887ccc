from random import Random

from hypothesis import given
from hypothesis import strategies as st

from analytics.spells import spells

HELD = st.sets(st.tuples(st.sampled_from("abc"), st.integers(-3, 9)), max_size=25)


@given(HELD, st.randoms())
def test_each_spell_is_as_long_as_it_can_be_and_together_they_are_what_held(
    held: set[tuple[str, int]], pick: Random
) -> None:
    mixed = [*held, *held]
    pick.shuffle(mixed)
    found = spells(mixed)
    assert [(subject, step) for subject, first, last in found for step in range(first, last + 1)] == sorted(held)
    assert all((subject, first - 1) not in held and (subject, last + 1) not in held for subject, first, last in found)
