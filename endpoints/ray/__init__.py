"""Endpoints on a Ray cluster that its owner runs: driven by Ray's REST API, called over HTTP."""
