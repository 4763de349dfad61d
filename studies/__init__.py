"""What needs several of the other folders: scenarios, comparisons, reports."""
