"""Which clouds exist, how each is reached, and its encrypted credentials."""
