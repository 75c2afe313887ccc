"""Ids as numbers, to be joined and counted as arrays."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def codes(values: pa.Array | pa.ChunkedArray, among: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """The place of each value in `among`, -1 where it is not there."""
    return pc.fill_null(pc.index_in(values, among), -1).to_numpy(zero_copy_only=False).astype(np.int64)
