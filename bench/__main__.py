"""script/bench: `--size N`, `--only PREFIX`, `--rounds N`, `--json FILE`, `--clients 8`, `--keep`."""

import argparse
import json
import sys
from pathlib import Path

from bench import place


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="requests in the database (default: 100000)")
    parser.add_argument("--only", default="", metavar="PREFIX", help="measure only names that begin with this")
    parser.add_argument("--rounds", type=int, default=200, help="calls of each side (slow ones take fewer)")
    parser.add_argument("--clients", type=int, default=8, help="clients of the second, concurrent measurement; 0: none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    parser.add_argument("--port", type=int, default=8765)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    # The database is chosen before Django reads its settings.
    place.prepare(options.size)
    from bench import measures, table

    with place.server(port=options.port) as address:
        rows = measures.run(address, only=options.only, rounds=options.rounds, clients=options.clients)
    if not rows:
        print(f"nothing is called {options.only}…", file=sys.stderr)
        return 1
    print(table.render(rows, size=options.size))
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in rows], indent=2))
    return 0


sys.exit(main())
