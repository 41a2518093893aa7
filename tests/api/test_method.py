"""The method of a paper in the API: handed in, decided on, told, filtered by."""

from typing import Any

from problems.choices import Visibility
from problems.models import Paper
from tests.api.test_writes import RECORD, Send, etag, pointers, send
from tests.factories import Cast, make_call, make_paper, make_problem, make_statement, make_tag

__all__ = ["send"]
METHOD = {"material": "proxy_only", "modalities": ["video", "image"]}


def test_from_draft_to_record(send: Send, cast: Cast) -> None:
    make_statement(make_problem(1))
    made = send(cast.contributor, "POST", "submissions/", {"record": RECORD, "method": METHOD, "submit": True}, 201).json()
    path = f"submissions/{made['id']}/"
    assert made["content"]["method"] == METHOD
    asked = send(cast.reviewer, "POST", f"{path}request-changes/", {"method": "Which videos?"}).json()["reviews"][0]
    assert [(each["part"], each["verdict"], each["words"]) for each in asked["decisions"]] == [("method", "change", "Which videos?")]
    changed = {"method": {"material": "none_needed", "modalities": ["video"]}}
    patched = send(cast.contributor, "PATCH", path, changed, if_match=etag(send, cast.contributor, path)).json()
    assert patched["content"] == {"record": RECORD, **changed}
    send(cast.contributor, "POST", f"{path}submit/")
    bad: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["/method"]),
        ({"method": {}}, ["/method/verdict"]),
        ({"method": {"verdict": "restrict", "words": "Because."}}, ["/method/verdict"]),
        ({"method": {"verdict": "accept", "changes": {"modalities": ["smell"]}}}, ["/method/changes/modalities/0"]),
        ({"method": {"verdict": "accept", "changes": {"material": "", "modalities": []}}}, ["/method/changes"]),
    ]
    for body, places in bad:
        assert pointers(send(cast.reviewer, "POST", f"{path}decision/", {"record": {"verdict": "accept"}} | body, 422)) == places
    ruling = {"verdict": "accept", "changes": {"modalities": ["audio", "video"]}}
    decided = send(cast.reviewer, "POST", f"{path}decision/", {"record": {"verdict": "accept"}, "method": ruling}).json()
    assert [(each["part"], each["verdict"], each["edited"]) for each in decided["reviews"][0]["decisions"]] == [
        ("record", "accept", False),
        ("method", "accept", True),
    ]
    where = f"papers/{decided['paper']['id']}/"
    told = send(None, "GET", where).json()
    assert (told["material"], told["modalities"]) == ("none_needed", ["video", "audio"])
    assert send(None, "GET", f"{where}history/").json()["results"][0]["changed"] == ["material", "modalities"]


def test_a_method_alone_and_a_correction(send: Send, cast: Cast) -> None:
    paper = make_paper()
    send(cast.contributor, "POST", "submissions/", {"paper": paper.public_id, "submit": True}, 422)
    made = send(cast.contributor, "POST", "submissions/", {"paper": paper.public_id, "method": METHOD, "submit": True}, 201).json()
    send(cast.reviewer, "POST", f"submissions/{made['id']}/decision/", {"method": {"verdict": "accept"}})
    correction = {"paper": paper.public_id, "changes": {"material": "needs_it", "modalities": []}, "reason": "As printed."}
    made = send(cast.reader, "POST", "submissions/", {"kind": "correction", "correction": correction, "submit": True}, 201).json()
    send(cast.reviewer, "POST", f"submissions/{made['id']}/decision/", {"correction": {"verdict": "accept"}})
    paper.refresh_from_db()
    assert (paper.material, paper.modalities) == ("needs_it", [])
    places = {"material": "/method/material", "modalities": "/method/modalities/0", "more": "/method/more"}
    for name, value in (("material", "much"), ("modalities", ["smell"]), ("more", 1)):
        body = {"record": RECORD, "method": {name: value}}
        assert pointers(send(cast.contributor, "POST", "submissions/", body, 422)) == [places[name]]


def test_lists_are_filtered_by_it(send: Send, cast: Cast) -> None:
    statement = make_statement(make_problem(1))
    make_statement(make_problem(2))
    paper = make_paper(material="none_needed", modalities=["image"])
    tag, call = make_tag(statement, paper), make_call(statement)
    make_tag(call, make_paper(material="needs_it"))
    make_tag(statement, make_paper(visibility=Visibility.RESTRICTED, material="proxy_only"), relation="confirms")

    def ids(by: Any, resource: str, query: str) -> list[Any]:
        return [each["id"] for each in send(by, "GET", f"{resource}/?{query}").json()["results"]]

    expected = {"papers": [paper.public_id], "tags": [tag.public_id], "statements": ["P1.L1"], "problems": [1], "calls": []}
    for resource, found in expected.items():
        assert ids(None, resource, "material=none_needed&modality=image&modality=audio") == found
        assert ids(None, resource, "material=none_needed&modality=audio") == []
        assert ids(None, resource, "material=proxy_only") == []  # of what is restricted nobody learns
    assert ids(None, "calls", "material=needs_it") == ["C1"]
    assert len(ids(cast.reviewer, "papers", "material=proxy_only")) == 1
    refused = send(None, "GET", "papers/?material=much", status=400).json()
    assert [each["parameter"] for each in refused["errors"]] == ["material"]
    assert Paper.objects.count() == 3
