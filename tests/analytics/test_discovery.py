"""Which suspicions are raised."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics import discovery


@given(st.lists(st.floats(0, 1), max_size=60))
def test_the_flagged_set_is_the_largest_within_the_rate(probabilities: list[float]) -> None:
    probability = np.array(probabilities)
    flagged = discovery.discovered(probability)
    assert not flagged.any() or (1 - probability[flagged]).mean() <= discovery.FALSE_DISCOVERY_RATE + 1e-12
    for left_out in set(probability[~flagged]):
        more = probability >= left_out
        assert (1 - probability[more]).mean() > discovery.FALSE_DISCOVERY_RATE - 1e-12
