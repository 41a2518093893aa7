#!/usr/bin/env python3
"""The command line: `manage.py help` lists the commands; `python -m tracker.local` does the same with settings for trying."""

import os
import sys

from django.core.management import execute_from_command_line

from tracker import database


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    database.ensure()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
