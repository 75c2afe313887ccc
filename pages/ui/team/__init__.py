"""What the page Team shows alone."""
