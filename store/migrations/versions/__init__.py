"""A step each: `v0003_what.py` has revision 0003 and follows 0002."""
