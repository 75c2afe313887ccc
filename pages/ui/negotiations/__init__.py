"""What the page Negotiations shows alone."""
