"""The reader of the income register's XML: forms, fields, tree and stream."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.extracts import eindkomst_forms, eindkomst_xml
from repat_pipeline.extracts.eindkomst_xml import read_income_xml
from repat_pipeline.extracts.reader import read_table, text_schema
from repat_pipeline.extracts.refusal import Refusal
from repat_pipeline.synthetic.deliveries import write_csv
from repat_pipeline.synthetic.income_xml import write_income_xml
from tests.support import income, person
from tests.unit.extracts.answers import (
    COMPANY,
    GENERAL,
    INCOME,
    answer,
    answer_of,
    company,
    form,
    one_person,
    pay_period,
    read_text,
    simple_form,
)

ENTITY_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


def refused(text: str | bytes, folder: Path) -> str:
    """The message with which a document is refused as `xml_invalid`."""
    path = folder / "indkomst.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refusal) as caught:
        list(read_income_xml(path, INCOME))
    assert [reason.code for reason in caught.value.reasons] == ["xml_invalid"]
    return caught.value.reasons[0].message


# -- forms and fields ---------------------------------------------------------------------------------------------------


def test_one_form_16000_is_one_row_with_all_its_fields(tmp_path: Path) -> None:
    general = form(
        "11000",
        GENERAL | {"151": "1"},
        form("16000", {"019": "41", "021": "1"}, form("16001", {"057": "1.5", "058": "-2"}, level=3), level=2),
    )
    assert read_text(answer_of(general), tmp_path).rows(named=True) == [
        {
            "cpr_nummer": person(), "se_nummer": COMPANY, "indberetning_id": "A-1", "indberetningsart": "I", "tilbagefoert": "1",
            "rettelse": "1", "indkomsttype": "6", "indtaegtsart": "41", "loenperiode_fra": "2026-10-01",
            "loenperiode_til": "2026-10-31", "basismaaned": "2026-10", "a_indkomst_am": "1.5", "a_indkomst_uden_am": "-2",
            "line_number": 1,
        }
    ]  # fmt: skip


def test_frame_has_the_columns_and_types_of_the_csv_reader(tmp_path: Path) -> None:
    assert dict(read_text(answer_of(simple_form()), tmp_path).schema) == text_schema(INCOME)


@pytest.mark.parametrize("column", ["tilbagefoert", "rettelse"])
def test_absent_flag_is_zero(column: str, tmp_path: Path) -> None:
    assert read_text(answer_of(simple_form()), tmp_path)[column].to_list() == ["0"]


@pytest.mark.parametrize("column", ["a_indkomst_am", "indtaegtsart"])
def test_absent_field_is_null(column: str, tmp_path: Path) -> None:
    absent = form("11000", GENERAL, form("16000", {}, form("16001", {"058": "1"}, level=3), level=2))
    assert read_text(answer_of(absent), tmp_path)[column].to_list() == [None]


def test_absent_pay_period_is_two_nulls(tmp_path: Path) -> None:
    text = answer(one_person(company(pay_period(simple_form(), first=None))))
    assert read_text(text, tmp_path).select("loenperiode_fra", "loenperiode_til").row(0) == (None, None)


def test_absent_identifiers_are_null(tmp_path: Path) -> None:
    text = answer(one_person(company(pay_period(simple_form(), identifier=""), number=None), cpr=None))
    assert read_text(text, tmp_path).select("cpr_nummer", "se_nummer", "indberetning_id").row(0) == (None, None, None)


def test_amount_of_the_refund_form_16300_is_not_income(tmp_path: Path) -> None:
    refund = form("16300", {"058": "999.00"}, level=3)
    kind = form("16000", {"019": "41"}, refund, form("16001", {"058": "1.00"}, level=3), level=2)
    assert read_text(answer_of(form("11000", GENERAL, kind)), tmp_path)["a_indkomst_uden_am"].to_list() == ["1.00"]


def test_form_16000_with_a_refund_form_only_has_no_amount(tmp_path: Path) -> None:
    kind = form("16000", {"019": "41"}, form("16300", {"058": "999.00"}, level=3), level=2)
    assert read_text(answer_of(form("11000", GENERAL, kind)), tmp_path)["a_indkomst_uden_am"].to_list() == [None]


def test_two_forms_16001_are_added(tmp_path: Path) -> None:
    amounts = [form("16001", {"058": amount}, level=3) for amount in ("100.10", "-0.2")]
    text = answer_of(form("11000", GENERAL, form("16000", {"019": "41"}, *amounts, level=2)))
    assert read_text(text, tmp_path)["a_indkomst_uden_am"].to_list() == ["99.90"]


def test_two_forms_16001_of_which_one_is_no_amount_are_left_unreadable(tmp_path: Path) -> None:
    amounts = [form("16001", {"058": amount}, level=3) for amount in ("100.10", "NaN")]
    text = answer_of(form("11000", GENERAL, form("16000", {"019": "41"}, *amounts, level=2)))
    assert read_text(text, tmp_path)["a_indkomst_uden_am"].to_list() == ["100.10 NaN"]


def test_a_field_with_two_different_codes_is_no_code(tmp_path: Path) -> None:
    twice = form("11000", [*GENERAL.items(), ("012", "4")], form("16000", {"019": "41"}, level=2))
    assert read_text(answer_of(twice), tmp_path)["indkomsttype"].to_list() == ["6 4"]


def test_form_16000_without_a_form_11000_is_a_row_without_its_fields(tmp_path: Path) -> None:
    row = read_text(answer_of(form("16000", {"019": "41"}, level=2)), tmp_path).row(0, named=True)
    assert [row[name] for name in ("indberetningsart", "indkomsttype", "basismaaned", "rettelse")] == [None] * 4


def test_form_16000_takes_the_form_11000_above_it_not_one_beside_it(tmp_path: Path) -> None:
    rows = read_text(answer_of(simple_form(), simple_form(f012="4"), form("16000", {"019": "41"})), tmp_path)
    assert rows["indkomsttype"].to_list() == ["6", "4", None]


@pytest.mark.parametrize(("text", "expected"), [("202610", "2026-10"), ("2026-10", "2026-10"), ("20261", "20261"), ("abcdef", "abcdef")])
def test_basis_month_of_six_digits_becomes_a_month(text: str, expected: str, tmp_path: Path) -> None:
    assert read_text(answer_of(simple_form(f016=text)), tmp_path)["basismaaned"].to_list() == [expected]


def test_codes_and_amounts_stay_as_they_come(tmp_path: Path) -> None:
    row = read_text(answer_of(simple_form("11000.5", f012="06")), tmp_path).row(0, named=True)
    assert (row["indkomsttype"], row["indtaegtsart"], row["a_indkomst_uden_am"]) == ("06", "41", "11000.5")


# -- pay periods that look alike: where values stand is worked out once for all of them ---------------------------------


def periods_of(*forms: str) -> str:
    """The document of one person and company with each form in a pay period of its own."""
    return answer(one_person(company(*[pay_period(one) for one in forms])))


def test_pay_periods_that_look_alike_keep_their_own_values(tmp_path: Path) -> None:
    rows = read_text(periods_of(*[simple_form(amount, f012=kind) for amount, kind in (("1", "6"), (" 2 ", "4"), ("3", "7"))]), tmp_path)
    assert rows.select("a_indkomst_uden_am", "indkomsttype").rows() == [("1", "6"), ("2", "4"), ("3", "7")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (form("16000", {"019": "41"}), form("16300", {"019": "41"})),
        (form("16000", {"019": "41"}), form("16000", {"020": "41"})),
    ],
    ids=["other form", "other field"],
)
def test_the_same_markup_with_other_numbers_is_read_anew(first: str, second: str, tmp_path: Path) -> None:
    alone = [frame for one in (first, second, first) if not (frame := read_text(answer_of(one), tmp_path)).is_empty()]
    assert read_text(periods_of(first, second, first), tmp_path).drop("line_number").rows() == pl.concat(alone).drop("line_number").rows()


def test_an_escaped_character_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    rows = read_text(periods_of(simple_form(f012="6"), simple_form(f012="&lt;&amp;&#65;"), simple_form(f012="4")), tmp_path)
    assert rows["indkomsttype"].to_list() == ["6", "<&A", "4"]


def test_rows_are_the_same_when_nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = periods_of(simple_form("1"), form("16000", {"019": "41"}, level=2), simple_form("2"), simple_form(f151="1"))
    remembered = read_text(text, tmp_path)
    monkeypatch.setattr(eindkomst_forms, "MAX_CHARACTERS_REMEMBERED", 0)
    assert read_text(text, tmp_path).equals(remembered)


# -- tree ---------------------------------------------------------------------------------------------------------------


def test_persons_companies_and_periods_keep_apart(tmp_path: Path) -> None:
    first = one_person(
        company(pay_period(simple_form(), identifier="1"), pay_period(simple_form(), identifier="2")),
        company(pay_period(simple_form(), identifier="3"), number="11111111"),
    )
    second = one_person(company(pay_period(simple_form(), identifier="4"), number=None), cpr=person(1))
    rows = read_text(answer(first, second), tmp_path)
    assert rows.select("cpr_nummer", "se_nummer", "indberetning_id", "line_number").rows() == [
        (person(), COMPANY, "1", 1),
        (person(), COMPANY, "2", 2),
        (person(), "11111111", "3", 3),
        (person(1), None, "4", 4),
    ]


def test_person_without_cpr_number_does_not_take_that_of_the_person_before(tmp_path: Path) -> None:
    text = answer(one_person(company(pay_period(simple_form()))), one_person(company(pay_period(simple_form())), cpr=None))
    assert read_text(text, tmp_path)["cpr_nummer"].to_list() == [person(), None]


def test_several_forms_of_one_period_count_on(tmp_path: Path) -> None:
    kinds = [form("16000", {"019": kind}, level=2) for kind in ("41", "87")]
    rows = read_text(answer_of(form("11000", GENERAL, *kinds), simple_form()), tmp_path)
    assert rows.select("indtaegtsart", "line_number").rows() == [("41", 1), ("87", 2), ("41", 3)]


@pytest.mark.parametrize("prefix", ["ns7:", ""])
def test_prefixes_of_namespaces_do_not_matter(prefix: str, tmp_path: Path) -> None:
    text = answer(one_person(company(pay_period(simple_form()))))
    renamed = text.replace("<e:", f"<{prefix}").replace("</e:", f"</{prefix}")
    renamed = renamed.replace("xmlns:e=", f"xmlns:{prefix[:-1]}=" if prefix else "xmlns=")
    assert read_text(renamed, tmp_path)["a_indkomst_uden_am"].to_list() == ["11000.00"]


def test_attributes_and_their_order_do_not_matter(tmp_path: Path) -> None:
    text = answer_of(simple_form()).replace("<e:AngivelseNiveau1>", '<e:AngivelseNiveau1 z="1" a="2">')
    assert read_text(text, tmp_path)["indkomsttype"].to_list() == ["6"]


def test_comments_inside_a_value_do_not_cut_it(tmp_path: Path) -> None:
    assert read_text(answer_of(simple_form("11<!-- x -->000.00")), tmp_path)["a_indkomst_uden_am"].to_list() == ["11000.00"]


def test_layout_of_the_document_does_not_matter(tmp_path: Path) -> None:
    text = answer_of(simple_form()).replace("><", ">\n  <")
    assert read_text(text, tmp_path).drop("line_number").rows() == read_text(answer_of(simple_form()), tmp_path).drop("line_number").rows()


def test_answer_without_persons_has_no_rows(tmp_path: Path) -> None:
    assert read_text(answer(), tmp_path).is_empty()


def test_batches_count_on(tmp_path: Path) -> None:
    path = tmp_path / "indkomst.xml"
    path.write_text(answer_of(*[simple_form()] * 5), encoding="utf-8")
    frames = [frame["line_number"].to_list() for frame in read_income_xml(path, INCOME, batch_rows=2)]
    assert frames == [[1, 2], [3, 4], [5]]


def test_xml_and_csv_of_the_same_rows_differ_in_form_only(tmp_path: Path) -> None:
    rows = [income(person(number), month) for number in range(3) for month in ("2026-09", "2026-10")]
    write_income_xml(tmp_path / "indkomst.xml", rows)
    write_csv(tmp_path / "indkomst.csv", INCOME.column_names, rows)
    from_xml = pl.concat(read_income_xml(tmp_path / "indkomst.xml", INCOME))
    from_csv = pl.concat(read_table(tmp_path / "indkomst.csv", INCOME, has_quotes=False))
    as_csv = from_xml.with_columns(
        pl.col("indkomsttype").str.zfill(2),
        pl.col("indtaegtsart").str.zfill(4),
        pl.col("a_indkomst_uden_am").str.replace(".", ",", literal=True),
    )
    assert as_csv.drop("line_number").equals(from_csv.drop("line_number"))


# -- what is refused ----------------------------------------------------------------------------------------------------


def test_another_root_is_refused(tmp_path: Path) -> None:
    assert "root element IndkomstOplysningPersonHent_O" in refused(answer(root="IndkomstOplysningPersonHent_I"), tmp_path)


def test_document_type_declaration_is_refused(tmp_path: Path) -> None:
    assert "document type declaration" in refused(answer(before='<!DOCTYPE x SYSTEM "x.dtd">'), tmp_path)


def test_entity_bomb_is_refused_before_it_is_expanded(tmp_path: Path) -> None:
    text = answer_of(simple_form("&c;")).replace("?>", f"?>{ENTITY_BOMB}", 1)
    assert "document type declaration" in refused(text, tmp_path)


def test_document_type_declaration_behind_a_long_comment_is_refused(tmp_path: Path) -> None:
    comment = f"<!--{'x' * (32 * 1024 - 50)}-->"
    assert "document type declaration" in refused(answer(before=f"{comment}{ENTITY_BOMB}"), tmp_path)


def test_document_type_declaration_in_another_encoding_is_refused(tmp_path: Path) -> None:
    text = answer(before=ENTITY_BOMB).replace("UTF-8", "UTF-16", 1).encode("utf-16")
    assert "document type declaration" in refused(text, tmp_path)


def test_unknown_entity_is_refused(tmp_path: Path) -> None:
    refused(answer_of(simple_form("&file;")), tmp_path)


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    text = answer_of(*[simple_form()] * 3)
    refused(text[: len(text) * 2 // 3], tmp_path)


def test_error_names_the_line(tmp_path: Path) -> None:
    text = answer(one_person(company(pay_period(simple_form()))), "\n\n<broken>")
    assert "line 3" in refused(text, tmp_path)


def test_message_holds_nothing_of_the_document(tmp_path: Path) -> None:
    number = person()
    assert number not in refused(answer_of(simple_form()).replace(f">{number}<", f">{number}</{number}<"), tmp_path)


def test_empty_file_is_refused(tmp_path: Path) -> None:
    refused("", tmp_path)


def test_deeply_nested_file_is_refused(tmp_path: Path) -> None:
    refused(answer("<e:a>" * 5000 + "</e:a>" * 5000), tmp_path)


def test_deeply_nested_forms_within_the_limit_of_the_parser_are_read(tmp_path: Path) -> None:
    nested = form("16000", {"019": "41"})
    for _ in range(100):
        nested = form("99999", {}, nested)
    assert read_text(answer_of(nested), tmp_path).height == 1


def test_a_stretch_without_the_end_of_a_pay_period_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eindkomst_xml, "MAX_BYTES_OF_ONE_ELEMENT", 200_000)
    assert "longer stretch" in refused(answer("<e:x/>" * 50_000), tmp_path)


def test_many_persons_are_not_one_long_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eindkomst_xml, "MAX_BYTES_OF_ONE_ELEMENT", 200_000)
    assert read_text(answer(*[one_person(company(pay_period(simple_form())))] * 500), tmp_path).height == 500


def test_names_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser keeps every name until the process ends."""
    monkeypatch.setattr(eindkomst_xml, "MAX_NAMES", 100)
    hostile = [f"<e:n{number}/>" for number in range(100_000)]
    assert "names of elements" in refused(answer("".join(hostile)), tmp_path)


@pytest.mark.parametrize("made", ["<e:x a{}=''/>", "<q:x xmlns:q='urn:{}'/>"], ids=["attributes", "namespaces"])
def test_names_of_attributes_and_namespaces_without_end_are_refused(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eindkomst_xml, "MAX_NAMES", 100)
    monkeypatch.setattr(eindkomst_xml, "_BLOCKS_PER_LOOK", 1)
    assert "names of elements" in refused(answer("".join(made.format(number) for number in range(2_000))), tmp_path)


def test_a_real_answer_has_few_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eindkomst_xml, "MAX_NAMES", 100)
    monkeypatch.setattr(eindkomst_xml, "_BLOCKS_PER_LOOK", 1)
    assert read_text(answer(*[one_person(company(pay_period(simple_form())))] * 300), tmp_path).height == 300


# -- memory -------------------------------------------------------------------------------------------------------------


def peak_memory(path: Path) -> tuple[int, int]:
    """Rows of a file and the rise of the peak of resident memory (bytes) in a process of its own."""
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from repat_pipeline.contracts.inbound import load_table_contract\n"
        "from repat_pipeline.extracts.eindkomst_xml import read_income_xml\n"
        "contract = load_table_contract('eindkomst', 'indkomst')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = sum(frame.height for frame in read_income_xml(Path(sys.argv[1]), contract, batch_rows=2000))\n"
        "sys.stdout.write(f'{rows} {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024}')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    rows, rise = done.stdout.split()
    return int(rows), int(rise)


def write_large_answer(path: Path, persons: int, periods: int) -> None:
    """Persons with `periods` pay periods each, about 1.1 kB a period."""
    head, tail = answer("|").split("|")
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head)
        for number in range(persons):
            stream.write(one_person(company(*[pay_period(simple_form())] * periods), cpr=person(number % 1000)))
        stream.write(tail)


@pytest.mark.parametrize(("persons", "periods"), [(1_300, 40), (1, 52_000)], ids=["many persons", "one person"])
def test_memory_does_not_grow_with_the_file(persons: int, periods: int, tmp_path: Path) -> None:
    path = tmp_path / "indkomst.xml"
    write_large_answer(path, persons, periods)
    assert path.stat().st_size > 60_000_000
    rows, rise = peak_memory(path)
    assert rows == persons * periods
    assert rise < 40_000_000


@pytest.mark.parametrize(
    "made",
    ["<w>{}</w>", "<w><e:IndkomstOplysningPersonStruktur><x/><e:LoenPeriodeOplysningStruktur/></e:IndkomstOplysningPersonStruktur></w>"],
    ids=["persons in wrappers", "pay periods in wrappers"],
)
def test_memory_does_not_grow_with_wrappers_that_nobody_asked_for(made: str, tmp_path: Path) -> None:
    path = tmp_path / "indkomst.xml"
    head, tail = answer("|").split("|")
    piece = made.format(one_person(company(pay_period(simple_form()))))
    path.write_text(head + piece * (12_000_000 // len(piece)) + tail, encoding="utf-8")
    _, rise = peak_memory(path)
    assert rise < 25_000_000


def test_python_objects_of_finished_persons_are_freed(tmp_path: Path) -> None:
    path = tmp_path / "indkomst.xml"
    write_large_answer(path, 200, 20)
    tracemalloc.start()
    for _ in read_income_xml(path, INCOME, batch_rows=500):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
