"""The database: engine, transactions, base table, migrations."""
