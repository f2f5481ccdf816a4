"""Which mutants the mutation test makes of SQL with Jinja, of parameters and of code lists."""

from __future__ import annotations

from tools.mutation.data import code_list_mutants, parameter_mutants, rule_version_mutants
from tools.mutation.sql import sql_mutants


def afters(sql: str, operator: str) -> list[str]:
    """The mutated lines of one kind of change, of a text of one line or more."""
    return [mutant.after for mutant in sql_mutants("model.sql", sql) if mutant.operator == operator]


def test_a_bound_is_moved_and_a_shift_of_bits_is_not() -> None:
    assert afters("where a >= b", "bound moved") == ["where a > b"]
    assert afters("select a << 1, b >> 2", "bound moved") == []


def test_a_between_loses_one_end_at_a_time_and_its_and_is_no_condition() -> None:
    sql = "where a.day between b.low and b.high and c.flag"

    assert afters(sql, "bound moved") == [
        "where a.day > b.low and a.day <= b.high and c.flag",
        "where a.day >= b.low and a.day < b.high and c.flag",
    ]
    assert afters(sql, "and <-> or") == ["where a.day between b.low and b.high or c.flag"]
    assert afters(sql, "condition dropped") == ["where true and c.flag", "where a.day between b.low and b.high and true"]


def test_a_condition_of_an_or_is_dropped_as_false_and_one_of_an_and_as_true() -> None:
    assert afters("where a or b", "condition dropped") == ["where false or b", "where a or false"]
    assert afters("left join t on t.x = s.x and t.y = s.y", "condition dropped") == [
        "left join t on true and t.y = s.y",
        "left join t on t.x = s.x and true",
    ]


def test_a_dropped_condition_ends_where_its_bracket_its_case_or_its_clause_ends() -> None:
    assert afters("where (a and b) group by all", "condition dropped") == ["where true group by all", "where (a and true) group by all"]
    assert afters("when case when a then b end then c", "branch dropped") == ["when false then c", "when case when false then b end then c"]
    assert afters("where a {% if x %} and b {% endif %}", "condition dropped") == [
        "where true {% if x %} and b {% endif %}",
        "where a {% if x %} and true {% endif %}",
    ]


def test_joins_aggregates_defaults_and_negations_change() -> None:
    assert afters("inner join t", "inner <-> left join") == ["left join t"]
    assert afters("max(a), greatest(a, b)", "other aggregate") == ["min(a), greatest(a, b)", "max(a), least(a, b)"]
    assert afters("coalesce(f(a, b), 0) as c", "default dropped") == ["(f(a, b)) as c"]
    assert afters("a and not b", "not removed") == ["a and b"]
    assert afters("a is null", "is null -> is not null") == ["a is not null"]


def test_a_window_loses_each_column_and_each_order() -> None:
    sql = "over (partition by a, b order by c desc, d)"

    assert afters(sql, "partition column dropped") == [
        "over (partition by b order by c desc, d)",
        "over (partition by a order by c desc, d)",
    ]
    assert afters(sql, "order turned round") == [
        "over (partition by a, b order by c, d)",
        "over (partition by a, b order by c desc, d desc)",
    ]


def test_sql_in_an_argument_of_a_macro_is_mutated_and_jinja_itself_is_not() -> None:
    sql = "{% if not x %}{{ missing({'uip': 'a and not b'}) }}{{ ',' if not loop.last }}{% endif %}"

    assert [(mutant.operator, mutant.after) for mutant in sql_mutants("model.sql", sql)] == [
        ("and <-> or", sql.replace("a and not b", "a or not b")),
        ("not removed", sql.replace("a and not b", "a and b")),
        ("condition dropped", sql.replace("a and not b", "a and true")),
    ]


def test_macros_of_another_engine_and_comments_are_left_alone() -> None:
    assert sql_mutants("macro.sql", "{% macro spark__f(a) -%}a > 1{%- endmacro %} -- a > 1\n{# a > 1 #}") == []


def test_a_mutant_changes_its_piece_of_the_text_and_nothing_else() -> None:
    sql = "select a\nfrom t\nwhere a > 1 -- § 5\n"
    (mutant,) = [mutant for mutant in sql_mutants("model.sql", sql) if mutant.operator == "bound moved"]

    assert mutant.apply(sql) == "select a\nfrom t\nwhere a >= 1 -- § 5\n"
    assert (mutant.row, mutant.before, mutant.after) == (3, "where a > 1 -- § 5", "where a >= 1 -- § 5")


def test_numbers_shrink_dates_move_a_day_and_choices_change() -> None:
    text = "\n".join(f"  - {{valid_from: 2021-08-01, value: {value}, source: x}}" for value in ("18", "0", "true", "2024-05-01", "never"))

    assert [text[mutant.start : mutant.end] + " -> " + mutant.replacement for mutant in parameter_mutants("p.yaml", text)] == [
        "18 -> 17",
        "0 -> 1",
        "true -> false",
        "2024-05-01 -> 2024-05-02",
    ]
    assert [mutant.replacement for mutant in rule_version_mutants("r.yaml", "valid_from: 2024-12-31, valid_to: null")] == ["2025-01-01"]


def test_flags_of_a_code_list_turn_and_months_of_a_listed_benefit_move() -> None:
    text = 'benefit_code,listed,valid_from,valid_to,note\nsho,1,,2024-12,"a, b"\nsu,0,,2024-12,\n'

    assert [mutant.after for mutant in code_list_mutants("seeds/benefits.csv", text)] == [
        'sho,0,,2024-12,"a, b"',
        'sho,1,,2025-01,"a, b"',
        "su,1,,2024-12,",
    ]
    assert code_list_mutants("seeds/kommuner.csv", "code,name\n0751,Aarhus\n") == []


def test_a_number_becomes_one_more_also_when_it_has_decimals() -> None:
    assert afters("when a * 10 then 0.5", "number + 1") == ["when a * 11 then 0.5", "when a * 10 then 1.5"]
