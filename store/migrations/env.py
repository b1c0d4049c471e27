"""What Alembic runs: the steps on the connection that it is given, or on that of alembic.ini."""

from alembic import context
from sqlalchemy import Connection, create_engine

from store.tables import Base


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "").begin() as made:
        run(made)
