"""A page of ours in a real Chromium."""
