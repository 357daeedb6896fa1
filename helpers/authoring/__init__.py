"""From one plain-text lesson to the students' notebook, the instructor's, and the proof of both.

lesson (the text, its cells and exercises) → record (what the visible checks compare with) →
notebooks (instructor's and students') → build (writes them, or says what is stale);
proof (every wrong answer is caught and named); doctor (mends a damaged notebook).
"""
