"""An MCP server by which somebody's own assistant asks in their name, and reads their own file."""
