"""The pages of the site: each parses what is asked, calls one or two queries, and hands the answer to its template."""
