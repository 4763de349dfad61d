"""The oracle protocol: how a learning backend, of any kind, answers “what gain?”."""
