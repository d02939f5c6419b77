"""Who is in the schools, read from the ministry's directory feed (“annuaire académique fédérateur”, AAF).

`export` finds the files, `aaf` streams their records, `records` types them, `actions` writes what changed.
`invention` writes such files for invented people: everything enters through the import.
"""
