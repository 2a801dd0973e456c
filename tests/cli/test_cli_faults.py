import json

import pytest

from chainrule.cli.faults import PLACES
from chainrule.faults import FORMULAS, catalogue
from command_line import Invoke


def test_the_list_has_every_mistake_once_under_its_place(chainrule: Invoke) -> None:
    code, out, err = chainrule("faults")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    for id_, fault in catalogue().items():
        (at,) = [i for i, line in enumerate(lines) if line.split()[:1] == [id_]]
        assert lines[at].endswith(f"  {fault.title}")
        heading = next(line for line in reversed(lines[:at]) if line.startswith("In "))
        place = (
            "the code" if fault.is_code else PLACES[id_.split("-")[0].replace("one", "one-hot")]
        )
        assert heading.startswith(f"In {place}")
        if fault.seen:
            assert lines[at + 1].strip().startswith(f"(seen in {fault.seen.split(',')[0][:15]}")
    assert max(map(len, lines)) < 120


@pytest.mark.parametrize("id_", FORMULAS)
def test_a_mistake_is_explained_whole(id_: str, chainrule: Invoke) -> None:
    fault = catalogue()[id_]
    code, out, err = chainrule("faults", id_)
    assert (code, err) == (0, "")
    assert out.startswith(f"{id_}: {fault.title}\n")
    said = " ".join(out.split())
    for text in (fault.where, fault.right, fault.believed, fault.truth, fault.seen):
        assert " ".join(text.split()) in said
    assert ("Wrong:" in out) == bool(fault.formulas)
    assert "{" not in out
    assert max(map(len, out.splitlines())) < 110


def test_formulas_are_those_of_a_network_with_one_hidden_layer(chainrule: Invoke) -> None:
    def formulas(id_: str) -> list[str]:
        code, out, _ = chainrule("faults", id_, "--json")
        assert code == 0
        found: list[str] = json.loads(out)["formulas"]
        assert len(found) <= 4
        return found

    assert formulas("grad-preactivation") == ["grad_W_o = z_h.T @ grad_z_o"]
    assert formulas("grad-output-mismatch") == ["grad_z_o = y - t"]
    assert "predict = np.max(y, axis=-1)" in formulas("predict-not-argmax")
    assert formulas("sigmoid-sign") == ["h = 1 / (1 + np.exp(z_h))"]
    assert formulas("misspelt-name") == []


def test_json_has_the_same(chainrule: Invoke) -> None:
    listed = json.loads(chainrule("faults", "--json")[1])["faults"]
    assert [entry["id"] for entry in listed] == list(FORMULAS)
    assert set(listed[0]) == {"id", "title", "place", "seen"}
    entry = json.loads(chainrule("faults", "nll-sign", "--json")[1])
    fault = catalogue()["nll-sign"]
    assert (entry["title"], entry["truth"]) == (fault.title, fault.truth)
    assert entry["believed"] == fault.believed
    assert entry["place"] == "nll"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nll-sgin", "did you mean nll-sign"),
        ("preactivation", "did you mean grad-preactivation?"),
        ("qqq", "there is no fault 'qqq'; all are listed by chainrule faults"),
        ("", "there is no fault ''"),
    ],
)
def test_an_unknown_id_gets_a_sentence_with_the_nearest(
    given: str, says: str, chainrule: Invoke
) -> None:
    code, out, err = chainrule("faults", given)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
