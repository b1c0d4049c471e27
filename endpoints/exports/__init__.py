"""Endpoints as files for other tools: Ray Serve, KubeRay, Prometheus, Grafana. No token and no
secret is ever in one."""
