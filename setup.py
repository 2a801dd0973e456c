"""Builds the compiled kernel; all else about the package stands in pyproject.toml.

The kernel is a plain shared library that is called through ctypes: it does not depend on the
version of Python, so that one wheel for each platform is enough. Where there is no C compiler the
package is built without it, and trains with NumPy.
"""

import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

KERNEL = Path("src/chainrule/training/engines/kernel")
GNU_OPTIONS = [
    "-O3",
    "-ffp-contract=fast",  # a product and a sum in one operation, where the processor has it
    "-fno-math-errno",
    "-fno-trapping-math",  # NaN and infinity stay what they are: no -ffast-math
    "-fvisibility=hidden",
    "-Wno-psabi",
]


class BuildSharedLibrary(build_ext):
    """Build a library with a fixed name and without the function that Python modules have."""

    def get_ext_filename(self, fullname: str) -> str:
        """Path of the library, without the version of Python in its name."""
        suffix = ".dll" if sys.platform == "win32" else ".so"
        return str(Path(*fullname.split("."))) + suffix

    def get_export_symbols(self, ext: Extension) -> list[str]:
        """Nothing but what the sources mark for export."""
        return []

    def build_extension(self, ext: Extension) -> None:
        """Add the options of the compiler at hand."""
        if self.compiler.compiler_type == "msvc":
            ext.extra_compile_args = ["/O2", "/std:c11"]
        else:
            ext.extra_compile_args = GNU_OPTIONS
            ext.libraries = ["m"] if sys.platform == "win32" else ["m", "pthread"]
        super().build_extension(ext)


class PlatformWheel(bdist_wheel):
    """Name the wheel for the platform alone, or for any if there is no kernel in it."""

    def get_tag(self) -> tuple[str, str, str]:
        """Tags of Python version, its binary interface, and platform."""
        built = self.get_finalized_command("build_ext").get_outputs()
        has_kernel = any(Path(path).exists() for path in built)
        return "py3", "none", super().get_tag()[2] if has_kernel else "any"


setup(
    ext_modules=[
        Extension(
            "chainrule.training.engines.kernel.sgd",
            sources=[str(path) for path in sorted(KERNEL.glob("*.c"))],
            depends=[str(path) for path in sorted(KERNEL.glob("*.h"))],
            optional=True,
        )
    ],
    cmdclass={"build_ext": BuildSharedLibrary, "bdist_wheel": PlatformWheel},
)
