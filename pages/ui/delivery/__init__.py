"""What the page Delivery shows alone."""
