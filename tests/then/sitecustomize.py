"""For the programs a test run starts under `--today`: they live as far from now as the tests do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

if "GONGFANG_TEST_AHEAD" in os.environ:
    import time_machine

    ahead = timedelta(seconds=float(os.environ["GONGFANG_TEST_AHEAD"]))
    time_machine.travel(datetime.now(UTC) + ahead, tick=True).start()
