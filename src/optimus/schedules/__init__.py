"""What should run and when, and the history of what did."""
