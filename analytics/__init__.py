"""Statistics: tables in, tables out. They know no screen, no database and no file."""
