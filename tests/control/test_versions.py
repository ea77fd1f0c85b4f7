"""What is known of migrations without Alembic is what Alembic says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory

from syncengine.control.store import open_control_store
from syncengine.control.versions import MIGRATIONS, known_revisions

OPENS = """
import sys
from pathlib import Path
import syncengine.cli.sync
from syncengine.control.store import open_control_store
open_control_store(Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""


def test_the_revisions_are_those_of_alembic_in_its_order() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert known_revisions() == [known.revision for known in script.walk_revisions()][::-1]
    assert known_revisions()[-1] == script.get_current_head()


def test_a_command_on_a_store_that_is_up_to_date_does_not_load_alembic(tmp_path: Path) -> None:
    open_control_store(tmp_path).close()
    done = subprocess.run([sys.executable, "-c", OPENS, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
