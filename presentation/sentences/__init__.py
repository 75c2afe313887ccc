"""Sentences by subject: each takes the rows of a query and gives text that is safe to show as Markdown."""
