"""From a name to a model's files: where models are found, how they come here, what they are."""
