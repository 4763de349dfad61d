"""Every evaluation that a backend ever gave, kept in one file."""
