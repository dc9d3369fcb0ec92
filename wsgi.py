"""The door for web servers and for `flask`: the application, built from the environment."""

import sys

from app import create_app
from config import SettingRefused

WILL_NOT_START = 3
"""The exit code at which gunicorn gives up instead of trying the same thing again and again."""

try:
    app = create_app()
except SettingRefused as refused:
    print(refused, file=sys.stderr)
    sys.exit(WILL_NOT_START)
