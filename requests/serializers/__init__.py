"""What the API shows of cases (`rows`) and what it takes in (`intake`, `steps`)."""
