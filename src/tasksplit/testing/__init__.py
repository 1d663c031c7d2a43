"""How does a user test what plugs into tasksplit? Contract suites, to be run over one's own adapter."""
