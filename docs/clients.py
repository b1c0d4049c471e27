"""`python -m docs.clients` writes docs/clients.md from the last run of tests/clients.

Refuses to write of a method that did not pass in that run.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from docs.generate import ROOT, fill, table
from tests.clients.table import RECORD, Case, every

PAGE = ROOT / "docs" / "clients.md"


def written(page: str, cases: Sequence[Case]) -> str:
    """`page` with a table for each client in `cases`."""
    for client in dict.fromkeys(case.client for case in cases):
        page = fill(page, client, rows_of([case for case in cases if case.client == client]))
    return page


def rows_of(cases: Sequence[Case]) -> str:
    """A row for each method, a column for each way in which it is called."""
    ways = list(dict.fromkeys(case.way for case in cases))
    methods = dict.fromkeys(case.method for case in cases)
    states = {(case.method, case.way): state(case) for case in cases}
    head = ["Method", *ways]
    return table(head, ([f"`{name}`", *(states[name, way] for way in ways)] for name in methods))


def state(case: Case) -> str:
    """Whether it works; else what the client, or the server, says instead."""
    return f"no: “{case.words}”" if case.words else "works"


def untried(cases: Iterable[Case], passed: Collection[str]) -> list[str]:
    """Those that did not pass."""
    return [name for case in cases if (name := f"{case.client} {case}") not in passed]


def last_run(record: Path = RECORD) -> list[str]:
    passed: list[str] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else []
    return passed


def main() -> None:
    if missing := untried(every(), last_run()):
        raise SystemExit(f"Not passed in the last run of tests/clients: {', '.join(missing)}")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), every()), encoding="utf-8")


if __name__ == "__main__":
    main()
