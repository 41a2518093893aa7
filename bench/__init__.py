"""Measures the read side against a bare handler and against a plain framework; docs/performance.md says what came out."""
