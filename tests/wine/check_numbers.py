"""Checks that whoever holds a number of Windows' against another refuses one that is wrong.

Needs a host that is set up to lint:

    python3 -m unittest tests/wine/check_numbers.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from wine import clang, numbers, state, witnesses  # noqa: E402 (needs the line above)

PYTHON = [sys.executable, str(ROOT / "dev.py"), "python"]


class Numbers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(dir=state.STATE)
        self.addCleanup(folder.cleanup)
        self.copy = Path(folder.name, "numbers.cpp")

    def change(self, *changes: tuple[str, str]) -> None:
        text = numbers.NUMBERS.read_text()
        for old, new in changes:
            self.assertEqual(text.count(old), 1)
            text = text.replace(old, new)
        self.copy.write_text(text)

    def test_the_metadata_refuses_what_microsoft_says_otherwise(self) -> None:
        self.change(
            ("== 88);  // VM_COUNTERS_EX.PrivateUsage", "== 80);  // VM_COUNTERS_EX.PrivateUsage"),
            ("== 48);  // PROCESS_BASIC_INFORMATION", "== 40);  // PROCESS_BASIC_INFORMATION"),
            ("== 0x7FF0);  // PSAPI_", "== 0xFFF0);  // PSAPI_"),
            ("// MEM_RESET_UNDO", "// phnt: MEM_RESET_UNDO"),
            ("// phnt: SystemFullProcessInformation", "// SystemFullProcessInformation"),
        )
        path = (str(witnesses.FOLDER), str(numbers.METADATA), str(self.copy))
        code = f"import runpy, sys; folder, *sys.argv = {path}; sys.path.append(folder); "
        code += "runpy.run_path(sys.argv[0], run_name='__main__')"
        done = subprocess.run([*PYTHON, "-c", code], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        for said in (
            "VM_COUNTERS_EX.PrivateUsage: 0x50 here, 0x58 in Microsoft's metadata",
            "PROCESS_BASIC_INFORMATION: 0x28 here, 0x30 in",
            "PSAPI_WORKING_SET_EX_BLOCK.Win32Protection: 0xfff0 here, 0x7ff0 in",
            "MEM_RESET_UNDO: Microsoft's metadata knows it by now, as 0x1000000: take off",
            "SystemFullProcessInformation: Microsoft's metadata does not know it: mark it",
            " 5 do not,",
        ):
            self.assertIn(said, done.stdout)

    def test_the_compiler_refuses_what_the_headers_say_otherwise(self) -> None:
        [source] = (each for each in clang.built() if each.path == numbers.NUMBERS)
        for wrong in (
            ("mem_reset_undo == 0x1", "mem_reset_undo == 0x2"),
            ("peb) == 8", "peb) == 4"),
        ):
            self.change(wrong)
            copy = clang.Source(self.copy, source.flags)
            self.assertTrue(clang.x86_64().refuses(copy, "-fsyntax-only"))

    def test_the_compiler_for_arm64_refuses_what_only_x86_has(self) -> None:
        self.copy.write_text("#include <emmintrin.h>\n")
        [flags] = (each.flags for each in clang.built() if each.path == numbers.NUMBERS)
        copy = clang.Source(self.copy, flags)
        self.assertFalse(clang.x86_64().refuses(copy, "-fsyntax-only"))
        self.assertTrue(clang.aarch64().refuses(copy, "-fsyntax-only"))

    def test_a_number_without_a_row_is_missed(self) -> None:
        self.change(("static_assert(mem_reset_undo", "// static_assert(mem_reset_undo"))
        self.assertEqual(numbers.check(self.copy), numbers.check() + 1)


if __name__ == "__main__":
    unittest.main()
