"""Who owns a folder of checkpoints: this process, another that lives, another that is dead."""

import os
import subprocess
import sys
import threading

import pytest

from crossover import owner
from helpers import PACKAGE
from owners import JOB, ended_process, squeue_that, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "scratch" / "digest"


@pytest.fixture
def quick(monkeypatch):
    """A watch of a fraction of a second."""
    monkeypatch.setattr(owner, "HEARTBEAT", 0.02)
    monkeypatch.setattr(owner, "PATIENCE", 0.5)


def test_an_owner_says_who_it_is_and_leaves_nothing(folder):
    with owner.owned(folder, JOB) as check:
        check()
        own = owner.read(folder)
        assert (own.job, own.pid, own.host) == (JOB, os.getpid(), owner.platform.node())
        assert owner.alive(own)
    assert not folder.exists()


def test_checkpoints_stay_when_the_block_fails_and_the_owner_is_known_to_have_ended(folder):
    with pytest.raises(RuntimeError), owner.owned(folder, JOB):
        (folder / "part.safetensors").touch()
        raise RuntimeError("out of memory")
    assert owner.read(folder).ended
    assert owner.alive(owner.read(folder)) is False
    with owner.owned(folder, JOB):
        assert (folder / "part.safetensors").exists()
        assert [path.name for path in folder.glob("owner.*")] == ["owner.2"]


def test_a_living_owner_is_named_in_one_line_with_the_command_that_ends_it(folder):
    alone = write(folder)
    with pytest.raises(ValueError, match=f"is being trained: process {alone.pid} on .*end it with: kill {alone.pid}$") as raised:
        owner._take(folder, JOB)
    assert "\n" not in str(raised.value)
    write(folder, slurm="17_3")
    with pytest.raises(ValueError, match=r"SLURM job 17_3, process .*end it with: scancel 17_3$"):
        owner._take(folder, JOB)
    assert owner.read(folder).slurm == "17_3", "it goes on undisturbed"


def test_a_dead_process_of_this_machine_is_followed_and_told(folder, capsys):
    dead = write(folder, pid=ended_process(), process="1")
    with owner.owned(folder, JOB):
        assert [path.name for path in folder.glob("owner.*")] == ["owner.2"]
    assert f"takes over from a job that is dead: process {dead.pid} on {dead.host}" in capsys.readouterr().out


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="this system does not say when a process started")
def test_another_process_of_the_same_pid_is_not_the_owner(folder):
    assert owner.alive(write(folder, process="12345")) is False


def test_a_silent_owner_on_another_machine_is_dead_after_a_while(folder, quick, capsys):
    write(folder, host="node7")
    with owner.owned(folder, JOB):
        assert owner.read(folder).pid == os.getpid()
    assert "on node7" in capsys.readouterr().out


def test_an_owner_on_another_machine_that_touches_its_file_lives(folder, quick):
    other, stop = write(folder, host="node7", pid=5), threading.Event()

    def beat():
        while not stop.wait(0.02):
            os.utime(other.path)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        with pytest.raises(ValueError, match=r"process 5 on node7 since .*end it with: ssh node7 kill 5$"):
            owner._take(folder, JOB)
    finally:
        stop.set()
        thread.join()


def test_a_machine_of_the_same_name_is_another_machine(folder):
    assert owner.alive(write(folder, boot="another")) is None


@pytest.mark.parametrize(
    ("script", "known"),
    [
        ("echo RUNNING", None),  # its process may be dead for all that
        ("exit 0", False),
        ("echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", False),
        ("echo 'Unable to contact slurm controller' >&2; exit 1", None),
    ],
)
def test_of_another_node_slurm_is_believed_when_it_says_that_the_job_has_ended(folder, monkeypatch, tmp_path, script, known):
    squeue_that(monkeypatch, tmp_path, script)
    monkeypatch.setenv("SLURM_CLUSTER_NAME", "one")
    assert owner.alive(write(folder, host="node7", slurm="17", cluster="one")) is known
    assert owner.alive(write(folder, host="node7", slurm="17", cluster="other")) is None, "its numbers are of another cluster"
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert owner.alive(write(folder, host="node7", slurm="17", cluster="one")) is None, "started again by SLURM, or beside"


@pytest.mark.parametrize("text", ["", "{", '{"other": 1}'])
def test_a_file_that_is_not_whole_is_followed_when_nobody_touches_it(folder, quick, text):
    folder.mkdir(parents=True)
    (folder / "owner.1").write_text(text)
    with owner.owned(folder, JOB):
        assert owner.read(folder).path.name == "owner.2"


def test_who_was_silent_and_is_followed_writes_no_more_and_disturbs_nobody(folder):
    with pytest.raises(ValueError, match=r"was taken over, by process .*writes no more"), owner.owned(folder, JOB) as check:
        follower = write(folder, number=2, pid=1)
        check()
    assert owner.read(folder) == follower


def test_of_many_processes_that_find_a_dead_owner_one_follows(folder):
    write(folder, pid=ended_process(), process="1")
    program = (
        "import sys; from pathlib import Path; from crossover import owner\n"
        "try:\n"
        f"    owner._take(Path({str(folder)!r}), 'job'); print('owns', flush=True); sys.stdin.read()\n"
        "except ValueError as error: print('refused', flush=True)\n"
    )
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    started = [
        subprocess.Popen([sys.executable, "-c", program], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = []
    for process in started:
        while (line := process.stdout.readline().strip()) not in ("owns", "refused"):
            assert line.startswith("takes over from a job that is dead")
        answers.append(line)
    for process in started:
        process.communicate("")
    assert sorted(answers) == ["owns"] + ["refused"] * 5


def test_a_task_of_an_array_is_cancelled_alone(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "20")
    assert owner.slurm_id() == "20"
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "20")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    assert owner.slurm_id() == "20_3"
