"""Who may do what only one process may do: whoever holds the lease, as long as he renews it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.database import answering
from store.tables import LeaseRow


class Lease:
    """Of `name`, for `holder`, for `seconds` from each `take` on. Raises Unavailable where the
    database does not answer. Machines that share a database should agree on the time."""

    def __init__(self, engine: Engine, name: str, holder: str, seconds: float) -> None:
        self.engine, self.name, self.holder = engine, name, holder
        self.time = timedelta(seconds=seconds)

    def take(self) -> bool:
        """Takes or renews it; False while another holds it."""
        with answering():
            return self.renew() or self.make()

    def renew(self) -> bool:
        now = datetime.now(UTC)
        free = or_(LeaseRow.holder == self.holder, LeaseRow.until < now)
        row = update(LeaseRow).where(LeaseRow.name == self.name, free)
        with Session(self.engine) as session, session.begin():
            done = session.connection().execute(
                row.values(holder=self.holder, until=now + self.time)
            )
            return done.rowcount == 1

    def make(self) -> bool:
        until = datetime.now(UTC) + self.time
        try:
            with Session(self.engine) as session, session.begin():
                session.add(LeaseRow(name=self.name, holder=self.holder, until=until))
        except IntegrityError:  # another holds it
            return False
        return True

    def release(self) -> None:
        """Another may take it at once."""
        mine = delete(LeaseRow).where(LeaseRow.name == self.name, LeaseRow.holder == self.holder)
        with answering(), Session(self.engine) as session, session.begin():
            session.execute(mine)
