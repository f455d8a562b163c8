"""A bounded reader of .xlsx files: zipfile and expat, with every amount limited while it is read."""
