"""How fast the product is, beside its peers and its limits, and how good its figures are (bench.quality)."""
