"""Reports of a data center: kept as data, compared with each other, and given out in several formats."""
