"""Use cases without HTTP: respond to prompts, edit, accept, undo, export, train, on one open project."""
