"""`python -m problems.formats NAME SECONDS MEMORY PARENT`: reads a file on standard input; a line of JSON an entry. Started by _isolated.py."""

import sys

from problems.formats._isolated import serve

if __name__ == "__main__":
    serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
