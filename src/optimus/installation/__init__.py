"""What may be known of this installation: its version, its settings without secrets."""
