"""What organizations' past contributions reveal about what they value, pay and keep."""
