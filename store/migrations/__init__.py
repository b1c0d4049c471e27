"""How the tables came to be, step by step. Alembic runs what a database has not had yet.

`alembic -c store/migrations/alembic.ini revision --autogenerate -m "what"` drafts the next step.
"""
