"""Changed lines as git tells them, in repositories of all kinds."""

import os
import subprocess

import pytest

from stabcheck.config import ConfigError
from stabcheck.static.adoption.changed import Changes, changed_lines, is_revision

ODD = ["with space.py", "tab\there.py", 'quote".py', "é.py", "line\nbreak.py", "b\\slash.py", "+++ b/x.py"]


def git(*arguments, cwd=None):
    isolated = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": "someone@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **isolated}, check=True, capture_output=True)
    return done.stdout.decode().strip()


def write(name, *lines):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))


def save(message="…"):
    git("add", "-A")
    git("commit", "-qm", message)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit of a.py, the current folder."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    write("a.py", *"abcdefgh")
    save()
    return tmp_path


def of(path, base="HEAD"):
    return Changes(base, "--changed-since").of(path)


def everything(lines):
    return lines[0][0] == 1 and lines[0][1] > 10**9


def test_committed_staged_and_edited_lines(repository):
    git("branch", "old")
    write("a.py", *"Abcdefgh")
    save()
    write("a.py", *"AbCdefgh")
    git("add", "a.py")
    write("a.py", *"AbCdefg", "new", "h")
    assert of("a.py", "old") == ((1, 1), (3, 3), (8, 8))
    assert of("a.py") == ((3, 3), (8, 8))


def test_a_deletion_changes_no_line_that_is_there(repository):
    write("a.py", *"abefgh")
    assert of("a.py") == ()


def test_an_unchanged_file_and_one_that_git_does_not_track(repository):
    write("new.py", "x")
    write(".gitignore", "ignored.py")
    write("ignored.py", "x")
    changes = Changes("HEAD", "--changed-since")
    assert changes.of("a.py") == ()
    assert everything(changes.of("new.py"))
    assert everything(changes.of("ignored.py"))
    git("add", "new.py")
    assert of("new.py") == ((1, 1),)


def test_a_renamed_file_is_changed_where_it_was_edited(repository):
    os.rename("a.py", "b.py")
    git("add", "-A")
    assert of("b.py") == ()
    write("b.py", *"abcdefgH")
    assert of("b.py") == ((8, 8),)


def test_what_others_did_on_the_base_is_no_change_of_the_branch(repository):
    git("checkout", "-qb", "mine")
    write("a.py", *"abcdefgH")
    save()
    git("checkout", "-q", "main")
    write("a.py", *"Abcdefgh")
    save()
    git("checkout", "-q", "mine")
    assert of("a.py", "main") == ((8, 8),)


@pytest.mark.parametrize("name", ODD)
def test_odd_names(repository, name):
    write(name, "x", "y")
    save()
    write(name, "x", "++ b/other.py", "-- a/x")
    write("zz.py", "z")
    git("add", "zz.py")
    changes = Changes("HEAD", "--changed-since")
    assert changes.of(name) == ((2, 3),)
    assert changes.of("zz.py") == ((1, 1),)


def test_the_configuration_of_the_user_does_not_matter(repository):
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": "false",
        "diff.context": "9",
        "diff.interHunkContext": "9",
        "color.ui": "always",
        "core.quotePath": "false",
        "diff.renames": "false",
    }.items():
        git("config", key, value)
    write("a.py", *"Abcdefgh", "é")
    write("é.py", "x")
    git("add", "é.py")
    assert of("a.py") == ((1, 1), (9, 9))
    assert of("é.py") == ((1, 1),)


def test_variables_of_a_hook_do_not_lead_astray(repository, monkeypatch):
    write("a.py", *"Abcdefgh")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert of("a.py") == ((1, 1),)


def test_each_file_is_asked_for_in_its_own_repository(repository):
    write("sub/b.py", "x")
    git("init", "-q", cwd="sub")
    git("add", "-A", cwd="sub")
    git("commit", "-qm", "…", cwd="sub")
    write("sub/b.py", "x", "y")
    write("a.py", *"Abcdefgh")
    changes = Changes("HEAD", "--changed-since")
    assert (changes.of("a.py"), changes.of("sub/b.py")) == (((1, 1),), ((2, 2),))


def test_from_another_folder_and_through_a_link(repository, monkeypatch, tmp_path_factory):
    write("a.py", *"Abcdefgh")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    os.symlink(repository, elsewhere / "link")
    monkeypatch.chdir(elsewhere)
    assert of(str(repository / "a.py")) == of("link/a.py") == ((1, 1),)


class TestWhatCannotBeAsked:
    def refused(self, path="a.py", base="HEAD"):
        with pytest.raises(ConfigError) as caught:
            of(path, base)
        message = str(caught.value)
        assert "\n" not in message
        return message

    @pytest.mark.parametrize("base", ["none", "", "--output=x", "HEAD..HEAD", "a.py", "HEAD:a.py"])
    def test_no_revision(self, repository, base):
        assert "git knows no such revision" in self.refused(base=base)
        assert not is_revision(base)
        assert is_revision("HEAD")

    def test_no_repository(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write("a.py", "x")
        assert self.refused() == "--changed-since HEAD: a.py is in no git repository"
        assert not is_revision("HEAD")

    def test_no_commit(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        git("init", "-q")
        write("a.py", "x")
        assert "has no commit yet" in self.refused()

    def test_no_git(self, repository, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        assert "git is not installed" in self.refused()
        assert not is_revision("HEAD")

    def test_no_common_ancestor(self, repository):
        git("checkout", "-q", "--orphan", "other")
        write("a.py", "x")
        save()
        assert "no common ancestor" in self.refused(base="main")

    def test_a_shallow_clone(self, repository, tmp_path_factory, monkeypatch):
        write("a.py", "x")
        first = git("rev-parse", "HEAD")
        save()
        clone = tmp_path_factory.mktemp("shallow")
        git("clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
        monkeypatch.chdir(clone)
        assert "shallow" in self.refused(base=first)


def test_a_patch_is_read_by_its_counts():
    patch = b"""diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +1,3 @@ def f():
--- a/x
-+++ b/x
+@@ -1 +1 @@
++++ b/y
+diff --git a/z b/z
@@ -9 +10,0 @@
-x
\\ No newline at end of file
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
"""
    assert list(changed_lines(patch)) == [("a.py", ((1, 3),))]
