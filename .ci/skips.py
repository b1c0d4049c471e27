"""`python .ci/skips.py REPORT ...`: fails when a JUnit report of pytest has an unexpected skip.

CI has all that the tests need, so a skip there means that something broke without a sound.
"""

import sys
from xml.etree import ElementTree

# What a reason may begin with. The nodes are ended by hand: that takes five minutes of their own.
EXPECTED = ("needs a GPU", "ends nodes: make test-cluster ARGS=--heavy")


def skips(report: str) -> list[str]:
    """One line per test that was skipped for no expected reason."""
    cases = ElementTree.parse(report).iter("testcase")
    found = [(case, skip) for case in cases for skip in case.iter("skipped")]
    return [
        f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}"
        for case, skip in found
        if skip.get("type") == "pytest.skip"
        and not (skip.get("message") or "").startswith(EXPECTED)
    ]


if __name__ == "__main__":
    lines = [line for report in sys.argv[1:] for line in skips(report)]
    print("\n".join([*lines, f"{len(lines)} unexpected skips"]))
    sys.exit(bool(lines))
