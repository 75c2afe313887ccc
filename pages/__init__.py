"""One short file a page: filters, queries, then cards, charts and lists."""
