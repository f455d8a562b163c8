"""YAML as text: bounded reading with marks, editing by position, quoting that YAML 1.1 and 1.2 read alike."""
