"""Who did what: an append-only list of every change that was asked for."""
