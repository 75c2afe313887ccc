"""What the page of negotiations shows alone."""
