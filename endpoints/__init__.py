"""Dedicated deployments: a model at an address of its own, with replicas, levels and states."""
