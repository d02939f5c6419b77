"""What is wrong in what the directory says of a school, what to do about it, and who can."""
