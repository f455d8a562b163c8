"""Small helpers without domain nouns."""
