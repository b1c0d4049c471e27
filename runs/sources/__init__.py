"""Rows out of a file, one after the other: no more than a few are ever in memory."""
