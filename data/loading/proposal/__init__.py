"""From what files look like to a mapping: which column is what, by its name and by what it holds.

A file is about one thing, or it is flat: a row a line of an order, with customer and product named again and again.
What a heading is called in common systems stands in names.yaml. Nothing is guessed that the values contradict.
"""

from data.loading.proposal.matching import Matched, match, nearest, targets
from data.loading.proposal.writing import lacking, write

__all__ = ["Matched", "lacking", "match", "nearest", "targets", "write"]
