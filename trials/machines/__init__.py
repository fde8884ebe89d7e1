"""Several machines tried on one: application processes behind nginx, PgBouncer, a PostgreSQL and its standby."""
