"""How the text of a file is written: separator, encoding, forms of dates, months and amounts.

Only the description lives here. `reader` uses separator and encoding, `validation` the forms; a sender's own dialect
comes from a mapping file (`mapping`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """Form of the values of one file; the defaults are spec/inbound.md section 2.

    Attributes:
        separator: one character between columns (CSV only).
        encoding: Python name of the encoding (CSV only).
        decimal: `,` or `.` in amounts.
        exact_decimals: True: an amount has exactly two decimals; False: none, one or two.
        date_format, month_format: strptime forms; years have four digits, months and days two.
    """

    separator: str = ";"
    encoding: str = "utf-8"
    decimal: str = ","
    exact_decimals: bool = True
    date_format: str = "%Y-%m-%d"
    month_format: str = "%Y-%m"


DEFAULT_DIALECT = Dialect()
# Amounts of the income register: decimal point, 0-2 decimals (spec/inbound.md section 4, interfaces.md B.3).
XML_DIALECT = Dialect(decimal=".", exact_decimals=False)
