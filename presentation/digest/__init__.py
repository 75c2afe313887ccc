"""Somebody's digest: their list, what changed on it, what is due and what came of it; as mail, as text, as message."""
