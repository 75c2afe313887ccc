"""Numbers in words without a screen: pages, mails, prints and answers say the same thing the same way."""
