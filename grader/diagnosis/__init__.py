"""Names the mistakes that explain wrong numbers."""
