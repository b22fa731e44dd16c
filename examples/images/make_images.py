#!/usr/bin/env python3
"""Cuts the bundled pictures out of freely licensed originals (README.md names author and licence of each).

Needs Pillow and, unpacked in one folder (their pictures found by name at any depth):
  the Debian package lomiri-wallpapers-16.04 (20.04.0-2) and the source archive of scikit-image 0.17.1 from PyPI.

  python3 examples/images/make_images.py --originals FOLDER --out examples/images

Every original is shrunk as a whole first, so the crops are as sharp as their size allows.
"""
import argparse
import pathlib

from PIL import Image

# result: (original, width the whole original is shrunk to, left, top, width, height)
DEMO = {
    "astronaut": ("astronaut.png", 460, 68, 0, 240, 252),
    "brushes": ("Picture_1A_by_freespace.jpg", 480, 24, 96, 300, 228),
    "dogs": ("friends_by_Aitzol_Berasategi.jpg", 420, 60, 84, 228, 252),
    "mountains": ("picosdeeuropa_by_Aitzol_Berasategi.jpg", 520, 200, 60, 312, 228),
}
CALIBRATION = {
    "beanbag": ("Wine_by_Jakkub_Mede.jpg", 200, 10, 158, 160, 120),
    "brook": ("life_by_Aitzol_Berasategi.jpg", 240, 50, 30, 160, 120),
    "bottle": ("Wine_by_Jakkub_Mede.jpg", 360, 100, 30, 160, 120),
    "cat": ("chelsea.png", 180, 8, 0, 160, 120),
    "coffee": ("coffee.png", 200, 20, 8, 160, 120),
    "dandelion": ("seeding_by_Clements_Engelhardt.jpg", 320, 10, 0, 160, 120),
    "fig": ("Picture_0B_by_freespace.jpg", 240, 80, 20, 160, 120),
    "forest": ("aitzgorri_by_Aitzol_Berasategi.jpg", 480, 300, 90, 160, 120),
    "meadow": ("aitzgorri_by_Aitzol_Berasategi.jpg", 200, 0, 12, 160, 120),
    "rocks": ("life_by_Aitzol_Berasategi.jpg", 640, 60, 280, 160, 120),
    "seeds": ("seeding_by_Clements_Engelhardt.jpg", 320, 160, 60, 160, 120),
    "sunset": ("sunset_by_Aitzol_Berasategi.jpg", 240, 60, 20, 160, 120),
}


def cut(folder, original, whole_width, left, top, width, height):
    path = next(pathlib.Path(folder).rglob(original))
    picture = Image.open(path).convert("RGB")
    whole_height = round(picture.height * whole_width / picture.width)
    assert left + width <= whole_width and top + height <= whole_height, original
    picture = picture.resize((whole_width, whole_height), Image.Resampling.BICUBIC)
    return picture.crop((left, top, left + width, top + height))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--originals", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    for folder, recipes in (("demo/HR", DEMO), ("calibration", CALIBRATION)):
        target = pathlib.Path(arguments.out) / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, recipe in recipes.items():
            cut(arguments.originals, *recipe).save(target / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
