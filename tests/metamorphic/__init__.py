"""What may be done to a system without changing what is known of it: relations between two analyses, over all example systems."""
