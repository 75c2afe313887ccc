"""What an assistant can ask and do, one module a subject."""
