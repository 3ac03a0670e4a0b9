"""Jobs: long work in separate processes, with progress, cancel and resume."""
