"""Who and what could help with a case, and which cases something could help with: candidates by a few queries, then
one ranking whose reasons are shown."""
