"""What stands between the network and the pages where people sign in: who is let through, and the pages of sign-in."""
