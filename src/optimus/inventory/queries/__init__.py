"""Reads of the picture, one file for each question."""
