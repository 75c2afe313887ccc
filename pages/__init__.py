"""One file a page: filters, queries, and what is shown of them."""
