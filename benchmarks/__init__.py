"""Measurements of Tagline, each against a peer in the same run, losing rows included."""
