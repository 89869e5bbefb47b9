"""The student's half: what runs beside a student's code, in their notebook and in the sandbox.

Must import neither nbgrader nor anything of the grading half: a student's wheel holds it.
"""
