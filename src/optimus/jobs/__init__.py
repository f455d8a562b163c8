"""The port on the job engine (DBOS): knows queues, nodes and deduplication, and no domain."""
