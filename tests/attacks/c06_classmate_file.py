import numpy as np

exec(open("@folder@/classmate.py").read())
