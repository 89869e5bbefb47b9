"""The course in headless Chromium, as students and instructors have it."""
