"""How good the figures are, beside published methods on published data."""
