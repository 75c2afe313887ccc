"""What the page of customers shows alone."""
