"""What a mechanism promises and keeps, at a profile and, proved, at all of them."""
