"""The registry's ground: lists, details and forms of scoped rows, the same for every subject (docs/adding-a-model.md).

`subjects` says which model, addresses and capabilities go together; `lookups` how a related row is named in one line of
text; `forms` and `pages` are what each app's forms and views build on; `trail` is the history of a row in words.
"""
