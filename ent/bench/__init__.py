"""`make bench`: the pages that people open all day, beside a floor measured in the same run."""
