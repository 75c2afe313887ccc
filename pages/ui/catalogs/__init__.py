"""What the page Catalogs shows alone."""
