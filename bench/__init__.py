"""Measures the portal against a floor of hand-written SQL in the same run; see docs/performance.md."""
