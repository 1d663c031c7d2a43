"""Are the goals for speed met? Each is a ratio against a named peer, measured in one run."""
