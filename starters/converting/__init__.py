"""How weights in assets/weights that others learnt came out of their packages, run by hand."""
