"""Faster ways to run a loaded model, each used only where it was seen to give the same answers."""
