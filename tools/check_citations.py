"""Checks that files named in comments and documents exist.

A file is found by its path from the root, from the folder of the file that names it, or by the end of its path (`Histogram.swift`,
`Fitting/Histogram.swift`). In code only comments count; names with `*`, `…` or a `<placeholder>` are patterns and
count for nothing.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAME = re.compile(r"(?<![\w./*…<>${}+-])(?:\.{1,2}/)*[\w+-]+(?:[./][\w+-]+)*\.(?:swift|md|lua|c|h|hpp|cpp|py|sh|json)\b(?![\w(*<])")
COMMENT = {
    ".swift": r"//.*", ".c": r"//.*|/\*.*?\*/|^\s*\*.*", ".h": r"//.*|/\*.*?\*/|^\s*\*.*", ".hpp": r"//.*|/\*.*?\*/|^\s*\*.*",
    ".lua": r"--.*", ".py": r"#.*", ".sh": r"#.*",
}

# These names may be cited although no such file is there: other people's code, and what a build or a run writes.
ELSEWHERE = re.compile(
    r"^(build/|zlib\.h|lua\.h|lauxlib\.h|lualib\.h|png\.h|dnnl\.h|pnglibconf\.h|option\.py|config\.json|package\.json"
    # These are made by a run, names of examples, names to be filled in, a property, and another project's.
    r"|sensitivity\.md|script\.lua|(.*/)?NAME\.\w+|Network\.json|skimage/)")


def main():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [path for path in listed.splitlines() if os.path.exists(os.path.join(ROOT, path))]
    endings = {path[start:] for path in files for start in [0] + [i + 1 for i, c in enumerate(path) if c == "/"]}
    missing = 0
    for path in files:
        kind = os.path.splitext(path)[1]
        if kind != ".md" and kind not in COMMENT:
            continue
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            lines = file.read().splitlines()
        for number, line in enumerate(lines, 1):
            text = line if kind == ".md" else " ".join(re.findall(COMMENT[kind], line))
            for name in NAME.findall(text):
                beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
                if ELSEWHERE.match(name) or name in endings or beside in files or name.lstrip("./") in endings:
                    continue
                print(f"{path}:{number}: names {name}, which does not exist")
                missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
