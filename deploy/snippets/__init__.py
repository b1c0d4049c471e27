"""Code that asks a model the same as the page does: for each client one way to write it, derived
from the task's record and the given inputs and parameters."""
