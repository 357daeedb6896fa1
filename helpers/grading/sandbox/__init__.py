"""The two walls around a student's processes, and who watches over what is inside."""
