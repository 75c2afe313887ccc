"""What the page Customers shows alone."""
