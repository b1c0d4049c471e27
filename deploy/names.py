"""Names of models where only small letters, digits and hyphens go."""

import re
from hashlib import sha256

LABEL = 63  # characters of a DNS label (RFC 1035), which names of services in Kubernetes are
MARK = 6  # digits of the hash that keeps a shortened name apart from others


def label(id: str, most: int = LABEL) -> str:
    """A DNS label of at most `most` characters from a model's id: its name, since the organisation
    says little of it. It begins with a letter and ends with a letter or a digit."""
    plain = re.sub(r"[^a-z0-9]+", "-", id.rpartition("/")[2].lower()).strip("-")
    name = plain if plain[:1].isalpha() else f"model-{plain}".strip("-")
    if len(name) <= most:
        return name
    mark = sha256(id.encode()).hexdigest()[:MARK]
    return f"{name[: most - MARK - 1].rstrip('-')}-{mark}"
