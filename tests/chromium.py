"""Print the path of a Chromium for the tests that drive one; install it where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Fonts: what a person would see, and an emoji that is not a box.
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-color-emoji")


def find() -> str | None:
    """The caller's own choice, or the system's; it must run: Ubuntu's is a stub that asks for snap."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if (path := shutil.which(name)) and _quietly(path, "--version") == 0:
            return path
    return None


def find_playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """From the system when we may, else Playwright's own build in the person's cache."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _aloud("apt-get", "update", "--quiet")
        _aloud("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES)
        if find():
            return
    _aloud(sys.executable, "-m", "playwright", "install", "chromium")


def _quietly(*command: str) -> int:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode


def _aloud(*command: str) -> None:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=env, check=False)


def main() -> int:
    path = find() or find_playwrights()
    if path is None:
        install()
        path = find() or find_playwrights()
    if path is None:
        sys.stderr.write("Chromium n’a pas pu être installé : donnez le chemin du vôtre dans CHROMIUM.\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
