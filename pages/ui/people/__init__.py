"""What the page People shows alone."""
