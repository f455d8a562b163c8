"""The web page: how it is served and built, and, in a real browser beside simulated clouds, what it does."""
