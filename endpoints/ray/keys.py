"""What this server and its replicas have in common: the cluster's own token.

Whoever holds it may run any code in the cluster, so nothing is hidden from him anyway. Two keys are
derived from it (HKDF, RFC 5869): one signs calls, so that an open port of Ray Serve, which asks
nobody for a token, is no open endpoint; one seals secrets, which would else be read in Ray's
dashboard.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.errors import InvalidInput

SIGNING_BYTES, SEALING_BYTES = 32, 64
HOW = (
    "Make one with `ray get-auth-token --generate`, and give it to every node and to Tagline "
    "(RAY_AUTH_TOKEN, or a file named in RAY_AUTH_TOKEN_PATH)."
)


@dataclass(frozen=True)
class Keys:
    signing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)

    def seal(self, values: Mapping[str, str], name: str) -> str:
        """Text that `open` alone can read, and for the endpoint `name` alone. The same values give
        the same text: a replica is made anew only for other ones (AES-SIV, RFC 5297)."""
        plain = json.dumps(dict(values), sort_keys=True).encode()
        sealed = AESSIV(self.sealing).encrypt(plain, [name.encode()])
        return base64.b64encode(sealed).decode("ascii")

    def open(self, sealed: str, name: str) -> dict[str, str]:
        """Raises InvalidInput for what was sealed with another token or for another endpoint."""
        try:
            plain = AESSIV(self.sealing).decrypt(base64.b64decode(sealed), [name.encode()])
        except (InvalidTag, ValueError) as error:
            raise InvalidInput(
                "The secrets of this endpoint were sealed with another token than this node has. "
                "Give all nodes, and Tagline, the same token of Ray."
            ) from error
        values: dict[str, str] = json.loads(plain)
        return values


def derive(token: str) -> Keys:
    """The keys that belong to a cluster's token."""
    return Keys(
        expand(token, b"tagline endpoint signing", SIGNING_BYTES),
        expand(token, b"tagline endpoint sealing", SEALING_BYTES),
    )


def expand(token: str, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(token.encode())


def token(environ: Mapping[str, str] = os.environ) -> str:
    """The token where Ray itself looks for it: RAY_AUTH_TOKEN, the file that RAY_AUTH_TOKEN_PATH
    names, ~/.ray/auth_token. Raises InvalidInput where there is none."""
    if said := environ.get("RAY_AUTH_TOKEN", "").strip():
        return said
    path = Path(environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    try:
        said = path.read_text(encoding="utf-8").strip()
    except OSError:
        said = ""
    if not said:
        raise InvalidInput(f"There is no token of the Ray cluster here. {HOW}")
    return said
