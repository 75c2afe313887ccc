"""Sentences that say what the rows of a query mean, by subject."""
