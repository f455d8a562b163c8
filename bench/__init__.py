"""Benchmarks: each prints ratios against a named reference of the same run."""
