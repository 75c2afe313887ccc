"""Builds, publishes and opens what the pages ask."""
