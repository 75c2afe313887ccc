"""What the page Data shows alone."""
