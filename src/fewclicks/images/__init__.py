"""Reading images: whole files, windows and levels of large images, deep zoom tiles."""
