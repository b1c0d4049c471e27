"""What is kept in a database: SQLAlchemy models, and the few questions asked of them."""
