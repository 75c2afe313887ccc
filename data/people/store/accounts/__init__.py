"""Who may come in: accounts, what they may do, how they prove who they are, and the sessions they then have."""
