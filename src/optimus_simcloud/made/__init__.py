"""The made-up site: what exists, how it is built from a seed, how it changes. Knows no API and no socket."""
