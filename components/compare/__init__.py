"""The page that runs several models, or several parameter values, on one input."""
