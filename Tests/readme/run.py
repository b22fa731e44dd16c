"""Runs the examples of the README and of docs/new-quantizer.md: every block after a line `<!-- run -->`, in order, in one folder
that holds copies of the bundled network and images under the names that they use.

    python3 Tests/readme/run.py BUILD_FOLDER WORK_FOLDER
"""
import os
import re
import shutil
import subprocess
import sys


def main(build, work):
    root = os.getcwd()
    build = os.path.abspath(build)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    shutil.copy("examples/models/edsr_compact_x4.pth", work)
    shutil.copytree("examples/images/calibration", os.path.join(work, "calibration"))
    shutil.copytree("examples/images/demo", os.path.join(work, "demo"))
    environment = dict(
        os.environ,
        PATH=os.path.join(build, "bin") + os.pathsep + os.environ["PATH"],
        PYTHONPATH=os.path.join(root, "examples", "python"),
        SRQ_LIBRARY=os.path.join(build, "lib", "libsrq.so"),
        LD_LIBRARY_PATH=os.path.join(build, "lib"),
    )
    blocks = []
    for page in ("README.md", "docs/new-quantizer.md"):
        found = re.findall(r"<!-- run -->\n```(\w+)\n(.*?)```", open(page).read(), re.S)
        if not found:
            sys.exit(f"{page} has no block to run")
        blocks += [(f"{page} block {number}", language, text) for number, (language, text) in enumerate(found, 1)]
    for number, (name, language, text) in enumerate(blocks, 1):
        source = os.path.join(work, f"block{number}.{language}")
        with open(source, "w") as file:
            file.write(text)
        commands = {
            "sh": [["sh", "-e", source]],
            "lua": [["srq-lua", source]],
            "python": [[sys.executable, source]],
            "cpp": [
                ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(root, "include"), source,
                 "-o", source + ".out", "-L", os.path.join(build, "lib"), "-lsrq"],
                [source + ".out"],
            ],
        }
        for command in commands[language]:
            result = subprocess.run(
                [os.path.abspath(part) if part.startswith(source) else part for part in command],
                cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if result.returncode != 0:
                sys.exit(f"{name} ({language}) failed:\n{result.stdout}")
        print(f"{name} ({language}): {result.stdout.strip().splitlines()[-1] if result.stdout.strip() else 'ok'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
