"""The package's targets as `swift package dump-package` tells them; shared by the checks in this folder."""
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Target:
    def __init__(self, description):
        self.name = description["name"]
        self.kind = description["type"]  # "regular", "executable", "test" or "system"
        self.dependencies = [(d.get("byName") or d.get("target"))[0] for d in description["dependencies"]]
        self.path = description.get("path") or ("Tests/" if self.kind == "test" else "Sources/") + self.name
        self.is_test = self.path.startswith("Tests/")

    def files(self, *endings):
        """Paths from the root, in a fixed order."""
        found = []
        for folder, _, names in os.walk(os.path.join(ROOT, self.path)):
            found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names if name.endswith(endings)]
        return sorted(found)


def targets():
    environment = {key: value for key, value in os.environ.items() if key not in ("CC", "CXX")}
    text = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, env=environment, check=True, capture_output=True).stdout
    return [Target(description) for description in json.loads(text)["targets"]]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()
