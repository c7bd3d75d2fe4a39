from __future__ import annotations

import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["exactrg", "approx", "exactrg.interchange", "exactrg.testing"])
def test_every_package_lists_its_lazy_names_and_refuses_others(name):
    package = import_module(name)
    assert {*package.__all__, "__all__", "__doc__"} <= set(dir(package)) and dir(package) == sorted(dir(package))
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nonsense'"):
        package.nonsense
    assert not hasattr(package, "_nonsense")


def test_a_name_is_imported_once_and_kept(tmp_path, monkeypatch):
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    names = "from exactrg.lazy import lazy_names\n__all__ = ['f', 'part']\n"
    (folder / "__init__.py").write_text(names + "__getattr__, __dir__ = lazy_names(__name__, {'f': 'part'}, ('part',))")
    (folder / "part.py").write_text("def f():\n    return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    example = import_module("lazy_example")
    assert "lazy_example.part" not in sys.modules and {"f", "part"} <= set(dir(example))
    assert example.f() == 1 and vars(example)["f"] is example.part.f is sys.modules["lazy_example.part"].f
    del sys.modules["lazy_example"], sys.modules["lazy_example.part"]
