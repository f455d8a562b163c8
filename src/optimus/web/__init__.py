"""Serves the built web page; its sources are in web/ at the repository's root, a client of the JSON API."""
