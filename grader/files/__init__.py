"""Reading and writing files: a cache, atomic writes, TOML tables."""
