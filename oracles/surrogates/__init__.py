"""From measurements of everybody's own gain to functions of all contributions."""
