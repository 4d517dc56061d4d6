from checker.core.reason import Reason
from checker.surfaces.meaning import MEANINGS


def test_every_reason_has_a_meaning_in_a_sentence_of_its_own() -> None:
    assert set(Reason) == set(MEANINGS)
    assert len(MEANINGS) == len(set(MEANINGS.values()))
    assert all(text[0].isupper() and text.endswith(".") for text in MEANINGS.values())
