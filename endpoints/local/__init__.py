"""Endpoints on this machine: their replicas are models in places of their own."""
