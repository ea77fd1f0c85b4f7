"""`python -m syncengine.demo.services`."""

import sys

from syncengine.demo.services.server import main

if __name__ == "__main__":
    sys.exit(main())
