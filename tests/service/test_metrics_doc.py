from pathlib import Path

from service import metrics_doc


def test_the_metric_dictionary_is_up_to_date() -> None:
    written = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert written.read_text(encoding="utf-8") == metrics_doc.text(), "run `make docs`"
