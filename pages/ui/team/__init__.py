"""What the page of the team shows alone."""
