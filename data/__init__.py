"""Loads, builds and guards the data, and knows who may see what."""
