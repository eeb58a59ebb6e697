"""These tests need torch; where CONVCALC_REQUIRE_TORCH is set, its absence is an error."""

import os

if os.environ.get("CONVCALC_REQUIRE_TORCH"):
    import torchvision_import  # noqa: F401
