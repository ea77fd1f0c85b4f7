"""`python -m syncengine.demo.services`."""

from syncengine.demo.services.server import main

if __name__ == "__main__":
    main()
