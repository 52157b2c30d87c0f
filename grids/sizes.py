"""How much fits: longest texts and largest numbers of the tree, for columns, forms and sheets alike. Pure."""

LONGEST_CODE = 17
LONGEST_NAME = 100
LONGEST_OFFICIAL_NAME = 120
LONGEST_CITY = 60
# What a column of PostgreSQL's integer holds.
MOST_HOUSEHOLDS = 2**31 - 1
# Codes for doors in one printing: fifty sheets. What is larger is printed part by part.
MOST_DOORS = 600
