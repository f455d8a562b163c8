"""Pure readers of OpenStack's answers, one file per resource: a page of JSON in, a list of small typed values out.

They know no clock, no log and no network. What is absent becomes None; what cannot be read raises ParseError
with the place in the answer and what was expected there.
"""
