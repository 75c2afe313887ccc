"""What runs without a page: the command line, and the pages of documentation made from code."""
