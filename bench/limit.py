"""LIMIT: as little as can be. One statement per request, whose JSON PostgreSQL builds from the rows; no framework, no models, no rules."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import psycopg
from psycopg_pool import ConnectionPool

type Start = Callable[[str, list[tuple[str, str]]], object]

ROW = """
json_build_object(
  'id', p.public_id, 'title', p.title, 'year', p.year, 'month', p.month, 'day', p.day, 'venue', p.venue, 'type', p.type, 'address', p.url,
  'abstract', p.abstract, 'retracted', p.is_retracted, 'corrected', p.is_corrected, 'advisory', p.advisory, 'created', p.created,
  'modified', p.modified,
  'authors', (
    SELECT coalesce(json_agg(json_build_object(
      'family', a.family, 'given', a.given, 'literal', a.literal, 'orcid', a.orcid) ORDER BY a.position), '[]')
    FROM problems_authorship a WHERE a.paper_id = p.id),
  'identifiers', (
    SELECT coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value) ORDER BY i.scheme, i.value), '[]')
    FROM problems_paperidentifier i WHERE i.paper_id = p.id),
  'tags', (
    SELECT coalesce(json_agg(json_build_object(
      'id', t.public_id, 'statement', s.code, 'call', c.code, 'problem', pr.number, 'relation', t.relation, 'rationale', t.rationale,
      'locator', t.locator, 'basis', t.basis, 'status', t.status, 'created', t.created, 'modified', t.modified) ORDER BY t.id), '[]')
    FROM problems_tag t
    LEFT JOIN problems_statement s ON s.id = t.statement_id
    LEFT JOIN problems_calltoaction c ON c.id = t.call_id
    LEFT JOIN problems_problem pr ON pr.id = t.problem_id
    WHERE t.paper_id = p.id AND t.status = 'accepted' AND s.retired_on IS NULL))
"""
PAGE = "SELECT json_build_object('results', coalesce(json_agg({row} ORDER BY {order}), '[]'))::text FROM ({page}) p"
NEWEST = """
SELECT p.* FROM problems_paper p WHERE visibility = 'public' AND id < %(before)s ORDER BY id DESC LIMIT 50
"""
TAGGED = """
SELECT p.* FROM problems_paper p, (SELECT id FROM problems_problem WHERE number = %(problem)s) n
WHERE visibility = 'public' AND EXISTS (
  SELECT FROM problems_tag t LEFT JOIN problems_statement s ON s.id = t.statement_id
  WHERE t.paper_id = p.id AND t.status = 'accepted' AND t.relation = %(relation)s AND s.retired_on IS NULL
  AND (s.problem_id = n.id OR t.problem_id = n.id))
ORDER BY p.id DESC LIMIT 50
"""
FOUND = """
SELECT p.*, ranked.rank FROM (
  SELECT id, (ts_rank(search, websearch_to_tsquery('english', %(q)s)) * 1000000)::integer AS rank FROM problems_paper
  WHERE visibility = 'public' AND search @@ websearch_to_tsquery('english', %(q)s)
  ORDER BY rank DESC, public_id LIMIT 50
) ranked JOIN problems_paper p USING (id)
"""
LIST = PAGE.format(row=ROW, order="p.id DESC", page=NEWEST)
BY_TAG = PAGE.format(row=ROW, order="p.id DESC", page=TAGGED)
SEARCH = PAGE.format(row=ROW, order="p.rank DESC, p.public_id", page=FOUND)
ONE = "SELECT {row}::text FROM problems_paper p WHERE public_id = %(id)s AND visibility = 'public'"
DETAIL = ONE.format(row=ROW)
PROBLEMS = """
SELECT json_build_object('results', json_agg(json_build_object(
  'number', p.number, 'slug', p.slug, 'title', p.title, 'question', p.question, 'summary', p.summary, 'phase', f.slug,
  'challenges', (
    SELECT json_agg(c.slug ORDER BY c.position) FROM problems_challengetype c JOIN problems_problem_challenges pc ON pc.challengetype_id = c.id
    WHERE pc.problem_id = p.id),
  'states', (
    SELECT json_object_agg(state, count) FROM (
      SELECT state, count(*) FROM problems_statement
      WHERE problem_id = p.id AND section = 'limitation' AND retired_on IS NULL GROUP BY state) counted),
  'papers', coalesce(tagged.papers, 0), 'created', p.created, 'modified', p.modified) ORDER BY p.number))::text
FROM problems_problem p
JOIN problems_phase f ON f.id = p.phase_id
LEFT JOIN (
  SELECT coalesce(s.problem_id, t.problem_id) AS problem_id, count(DISTINCT t.paper_id) AS papers
  FROM problems_tag t JOIN problems_paper pp ON pp.id = t.paper_id LEFT JOIN problems_statement s ON s.id = t.statement_id
  WHERE t.status = 'accepted' AND pp.visibility = 'public' AND s.retired_on IS NULL GROUP BY 1
) tagged ON tagged.problem_id = p.id
"""
VERSION = "SELECT coalesce(max(id), 0) FROM problems_auditevent"  # every write of the app adds to the record
LAST = 2**62


def pool(url: str, size: int) -> ConnectionPool[psycopg.Connection[Any]]:
    """Kept connections, one for each thread."""
    return ConnectionPool(url, min_size=1, max_size=size, open=True, kwargs={"autocommit": True})


def application(connections: ConnectionPool[psycopg.Connection[Any]]) -> Callable[..., Iterable[bytes]]:
    """The handler as a WSGI application."""

    def answer(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        known = environ.get("HTTP_IF_NONE_MATCH")
        headers = [("Content-Type", "application/json")]
        with connections.connection() as connection:
            if known:
                headers.append(("ETag", etag := version(connection)))
                if known == etag:
                    start_response("304 Not Modified", headers[1:])
                    return []
            body = ask(connection, environ["PATH_INFO"], environ["QUERY_STRING"])
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return answer


def version(connection: psycopg.Connection[Any]) -> str:
    """Mark of what the database holds, for a client that asks whether it has changed."""
    row = connection.execute(VERSION).fetchone()
    return f'"{row[0] if row else 0}"'


def ask(connection: psycopg.Connection[Any], path: str, query: str) -> bytes:
    """The body of an answer."""
    given = {name: values[0] for name, values in parse_qs(query).items()}
    before = int(given.get("before", LAST))
    match path.strip("/").split("/"):
        case ["papers"] if "q" in given:
            found = connection.execute(SEARCH, {"q": given["q"]})
        case ["papers"] if "problem" in given:
            found = connection.execute(BY_TAG, {"problem": int(given["problem"]), "relation": given["relation"]})
        case ["papers"]:
            found = connection.execute(LIST, {"before": before})
        case ["papers", public_id]:
            found = connection.execute(DETAIL, {"id": public_id})
        case ["problems"]:
            found = connection.execute(PROBLEMS)
        case _:
            raise LookupError(path)
    row = found.fetchone()
    if row is None:
        raise LookupError(path)
    return str(row[0]).encode()
