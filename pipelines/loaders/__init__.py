"""One file per library: how a model folder becomes something that `run` can call.

A loader is called as `load(model, hardware)` where the model runs, never in the page's process
once workers exist; so heavy libraries are imported inside.
"""
