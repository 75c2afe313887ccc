"""What is printed to the terminal: texts of files may stand in it, and must not steer it."""

# Signs that steer a terminal, end a line, or turn round what is read in it.
_UNPRINTABLE = dict.fromkeys(
    (*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), " "
)


def printable(line: str) -> str:
    """A line for the terminal, in which texts of files may stand."""
    return line.translate(_UNPRINTABLE)
