"""Reading one delivery: manifest, files and header first (`manifest`), then rows as text (`tables`).

Nothing here types a value or judges a row (that is `validation`), knows persons (`identity`) or writes a file.
"""
