"""Reading images: whole files, large images by regions and levels, deep zoom tiles."""
