"""What goes out to people: digests planned, mails and messages sent from the outbox."""
