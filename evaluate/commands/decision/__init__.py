"""Commands that help to decide: which row to take, tuned how, and which photos to trace next."""
