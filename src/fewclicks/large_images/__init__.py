"""Images too large to be held whole: shown as deep zoom tiles, read region by region. libvips does the reading."""
