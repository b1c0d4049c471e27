"""How the adapters in assets/weights were learnt: one script per model, seeded, run by hand."""
