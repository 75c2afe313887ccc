"""python -m data: the commands that load, build and check, as `python -m service` has them."""

import sys

from service.commands import main

if __name__ == "__main__":
    sys.exit(main())
