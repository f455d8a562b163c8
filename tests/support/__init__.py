"""What tests share: databases, a running server, an HTTP client, made-up facts."""
