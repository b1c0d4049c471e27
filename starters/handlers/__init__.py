"""What runs the models that no library runs: one file each, as Inference Endpoints runs them.

A builder copies the file into its model's folder as handler.py (https://huggingface.co/docs/
inference-endpoints/guides/custom_handler). There it stands alone, so each is whole: none imports
from this repository, and the few lines that read a sound stand in every one that reads a sound.
"""
