"""What the page of catalogs shows alone."""
