"""What of a notebook's cell is Python."""

import pytest

from grader.static_analysis.notebook_commands import python_of_cell


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("x = 5 % 3\ny = (1\n  % 2)", "x = 5 % 3\ny = (1\n  % 2)"),
        ("%matplotlib inline\nx = 1", "\nx = 1"),
        ("x = 1\n!pip install numpy \\\n  scipy\ny = 2", "x = 1\n\n\ny = 2"),
        ("?np.exp\nnp.exp??\nhelp?  # what\nx = 1", "\n\n\nx = 1"),
        ("files = !ls\nt, = %timeit f()\nx = 1", "\n\nx = 1"),
        ("for i in r:\n    %time f()\n    !ls", "for i in r:\n    pass\n    pass"),
        ("%load_ext x\nprint('a'\n  % b)", "\nprint('a'\n  % b)"),
        ("text = '''\n%not a magic\n'''", "text = '''\n%not a magic\n'''"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%writefile work.py\nx = 1", "\nx = 1"),
        ("\n%%bash\nrm -rf /\nx = 1", "\n\n\n"),
        ("% matplotlib inline\nx = 1", "\nx = 1"),
        ("!{sys.executable} -m pip install numpy\nx = 1", "\nx = 1"),
        ("%matplotlib inline;\nx = 1", "\nx = 1"),
        ("x = (1\n!= 2)\n%cd ..", "x = (1\n!= 2)\n"),
        ("%%html\n<b>", "\n"),
        ("%%javascript\nx = 1", "\n"),
        ("", ""),
    ],
)
def test_commands_become_blank_lines(text: str, python: str) -> None:
    assert python_of_cell(text) == python
