"""Tiny models of many architectures, with seeded random weights, and what each should answer.

One file per pipeline tag, named after it, with its `TINY`. The generated table of README.md names
the architectures that stand here.
"""
