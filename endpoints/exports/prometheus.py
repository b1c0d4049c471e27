"""Where Prometheus finds this server: a file for its `file_sd_configs`.

Source: "Use file-based service discovery" in Prometheus' documentation. A token, where the server
asks for one, stands in the job's `authorization`, never here.
"""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

JOB = "tagline"


def discovery(addresses: Sequence[str]) -> str:
    """JSON for servers at these addresses, such as http://10.0.0.5:7860."""
    groups = [
        {"targets": [target(each)], "labels": {"job": JOB, "__scheme__": urlsplit(each).scheme}}
        for each in addresses
    ]
    return json.dumps(groups, indent=2) + "\n"


def target(address: str) -> str:
    """`host:port`. Raises ValueError for what is no address of the web."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{address} is no address. Write it as in http://10.0.0.5:7860")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
