#!/usr/bin/env python3
"""The checks of tools/verify-delta/run; see there."""
import argparse, os, random, shutil, sys, tempfile, time
import sample, tables
from expected import expected, joined
from hindcast import Hindcast
from tables import Log

PREDICTIONS = ["--version", "1", "--environment", "production", "--time", "timestamp", "--score", "y_pred_proba",
               "--label", "y_pred"]
ACTUALS = ["--label", "repaid"]
PREDICTION_USES = {"timestamp": ("time", "time"), "y_pred_proba": ("output", "score"), "y_pred": ("output", "label")}
ACTUAL_USES = {"repaid": ("actual", "label")}
LOG_COLUMNS = {("log", "model", "string"), ("log", "version", "string"), ("log", "environment", "string"),
               ("log", "position", "int64")}


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def note(self, what, problems):
        """One line; `problems` are what is wrong, if anything."""
        if problems:
            self.failed += 1
            print(f"FAIL {what}: {'; '.join(map(str, problems[:3]))}", flush=True)
        else:
            self.passed += 1
            print(f"ok   {what}", flush=True)

    def equal(self, what, found, wanted):
        self.note(what, [] if found == wanted else [f"{found}, not {wanted}"])


class Model:
    """What one model's two tables must hold."""

    def __init__(self, name):
        self.name, self.predictions, self.actuals = name, [], []

    def add(self, hindcast, predictions, actuals):
        hindcast.add("predictions", self.name, predictions, PREDICTIONS)
        hindcast.add("actuals", self.name, actuals, ACTUALS)
        self.predictions.append(expected(predictions, PREDICTION_USES, other="feature"))
        self.actuals.append(expected(actuals, ACTUAL_USES))

    def expected(self):
        return {"predictions": joined(self.predictions), "actuals": joined(self.actuals)}


def differences(found, wanted):
    """What is wrong with the columns of a table, in words."""
    problems = []
    # Actuals without a time of their own have the moment of the import.
    extra = found.keys() - wanted.keys() - LOG_COLUMNS - {("time", "time", "timestamp")}
    problems += [f"no column {key}" for key in wanted.keys() - found.keys()] + [f"a column {key}" for key in extra]
    ids = wanted["id", "id", "string"].keys()
    for key, values in found.items():
        if values.keys() != ids:
            problems.append(f"{key}: {len(ids - values.keys())} rows missing, {len(values.keys() - ids)} too many")
        elif key not in wanted:
            problems += [f"{key}: a null" for value in values.values() if value is None][:1]
        else:
            wrong = [id for id in ids if values[id] != wanted[key][id] or type(values[id]) is not type(wanted[key][id])]
            problems += [f"{key} of {id!r} is {values[id]!r}, not {wanted[key][id]!r}" for id in wrong[:1]]
    return problems


def check_content(checks, model, folder, when, readers=tables.READERS):
    for name, wanted in model.expected().items():
        log = Log(f"{folder}/{name}")
        for reader in readers:
            label = reader
            if reader == "DuckDB":
                label += " (delta_scan)" if tables.duckdb_has_delta() else " (the files the log names: no delta extension)"
            found, problems = tables.READERS[reader](log)
            goal = tables.as_pandas_has_it(wanted) if reader == "pandas" else wanted
            problems += differences(found, goal)
            rows, columns = len(wanted["id", "id", "string"]), len(log.columns())
            checks.note(f"{model.name} {when}: {name} by {label}: {rows:,} rows, {columns} columns as in the CSV", problems)


def check_repeated(checks, hindcast, model, folder, when):
    before = {name: Log(f"{folder}/{name}").files for name in model.expected()}
    rows = hindcast.replay(model.name, folder)["rows"]
    after = {name: Log(f"{folder}/{name}").files for name in model.expected()}
    checks.equal(f"{model.name} {when}: another replay adds nothing", (rows, after), (0, before))


def table_problems(model, folder, complete):
    """What no moment of a replay may show: a row twice, a row nobody logged, a committed row gone."""
    problems = []
    for name, wanted in model.expected().items():
        log = Log(f"{folder}/{name}")
        ids, known = log.ids(), wanted["id", "id", "string"].keys()
        if len(set(ids)) != len(ids):
            problems.append(f"{name}: {len(ids) - len(set(ids))} rows twice")
        if not set(ids) <= known:
            problems.append(f"{name}: {len(set(ids) - known)} rows that nobody logged")
        if not complete[name] <= set(ids):
            problems.append(f"{name}: {len(complete[name] - set(ids))} committed rows gone")
        complete[name] |= set(ids)
    return problems


def names(path, ending):
    return {file for file in os.listdir(path) if file.endswith(ending)} if os.path.isdir(path) else set()


MOMENTS = ["data file", "any", "first commit"]


def kill_replay(hindcast, model, folder, moment, rng, duration):
    """Kills a replay and returns at which stage, or None if it was faster."""
    def commits():
        return names(f"{folder}/predictions/_delta_log", ".json")

    def files():
        return names(f"{folder}/predictions", ".parquet")

    before, files_before = commits(), files()
    replay = hindcast.begin_replay(model.name, folder)
    if moment == "any":
        time.sleep(rng.uniform(0.03, 0.9 * duration))
    elif moment == "data file":
        # A replay first removes what the killed one before it left.
        while replay.poll() is None and files() <= files_before:
            pass
        time.sleep(rng.uniform(0, 0.3 * duration))
    else:
        # The first of both tables has its commit, the other's is still to come.
        while replay.poll() is None and commits() == before:
            pass
    replay.kill()
    _, errors = replay.communicate()
    if replay.returncode == 0:
        return None
    if replay.returncode != -9:
        raise SystemExit(f"verify-delta: replay ended with {replay.returncode}: {errors.strip()}")
    ahead = Log(f"{folder}/predictions").checkpoint - Log(f"{folder}/actuals").checkpoint
    return "between commits" if ahead > 0 else "before a commit" if commits() == before else "behind both"


def kill_and_finish(hindcast, model, folder, rng, stages, kills):
    """Replays into one table that are killed, until one is through. Returns what was wrong in between."""
    began = time.monotonic()
    hindcast.replay(model.name, f"{folder}-timing")
    duration = time.monotonic() - began
    shutil.rmtree(f"{folder}-timing")
    problems, complete = [], {name: set(Log(f"{folder}/{name}").ids()) for name in model.expected()}
    for number in range(kills):
        stage = kill_replay(hindcast, model, folder, MOMENTS[number % len(MOMENTS)], rng, duration)
        stages[stage] = stages.get(stage, 0) + 1
        problems += table_problems(model, folder, complete)
        if stage is None or stage == "behind both":
            break
    hindcast.replay(model.name, folder)
    return problems + table_problems(model, folder, complete)


def told(stages):
    return ", ".join(f"{number} {stage or 'too late'}" for stage, number in sorted(stages.items(), key=str))


def check_kills(checks, hindcast, folder, rng, chunks=4, rows=3_000, kills=5):
    """A log that grows, and after each growth replays that are killed; at last into new tables, where all is to do."""
    model, table = Model("killed"), f"{folder}/killed-table"
    stages, problems = {}, []
    for chunk in range(chunks):
        model.add(hindcast, *sample.write_pair(folder, "killed", rng, chunk * rows, rows))
        if chunk == 1:
            hindcast.stop()
            hindcast.compact()
        problems += kill_and_finish(hindcast, model, table, rng, stages, kills)
        if not hindcast.address:
            hindcast.start()
    for number in range(2):
        problems += kill_and_finish(hindcast, model, f"{table}-{number}", rng, stages, kills)
    checks.note(f"killed: replays stopped by SIGKILL, {told(stages)}: at no moment a row twice or lost", problems)
    checks.note("killed: some before a commit, some between both tables' commits",
                [f"none {stage}; take another --seed" for stage in ("before a commit", "between commits") if stage not in stages])
    check_content(checks, model, table, "and repeated, as the log grew", ["deltalake", "pyarrow"])
    check_content(checks, model, f"{table}-0", "and repeated, from the beginning", ["deltalake", "pyarrow"])
    for name in model.expected():
        log = Log(f"{table}/{name}")
        checks.note(f"killed: {name} has {log.versions} versions", [] if log.versions >= chunks else ["too few"])
        stray = names(log.table, ".parquet") - set(log.files)
        checks.note(f"killed: {name} has no data file that its log does not name", sorted(stray))
    check_repeated(checks, hindcast, model, table, "at last")


def check_evolution(checks, hindcast, model, table, folder, rng):
    """Later rows have a column more, and one column of another type."""
    def change(row, number):
        return {**row, "channel": rng.choice(["web", "app", ""]), "age": f"about {number}"}

    model.add(hindcast, *sample.write_pair(folder, "own", rng, 1_000_000, 500, change))
    versions = Log(f"{table}/predictions").versions
    hindcast.replay(model.name, table)
    log = Log(f"{table}/predictions")
    keys = log.columns()
    checks.equal("own: a later column joins the schema, one of another type too",
                 (keys.get("feature_channel"), keys.get("feature_age_string"), log.versions),
                 (("feature", "channel", "string"), ("feature", "age", "string"), versions + 1))
    check_content(checks, model, table, "with later columns")


def check_other_writer(checks, hindcast, model, table):
    """Somebody else's upkeep of a table: merged files and a checkpoint of the log."""
    import deltalake
    deltalake.DeltaTable(f"{table}/predictions").optimize.compact()
    deltalake.DeltaTable(f"{table}/predictions").create_checkpoint()
    check_repeated(checks, hindcast, model, table, "after deltalake's optimize and create_checkpoint")
    check_content(checks, model, table, "after deltalake's optimize", ["deltalake"])


def check_types(checks, model):
    found = {name: kind for role, name, kind in model.expected()["predictions"] if role == "feature"}
    wanted = {name: kind for name, kind in sample.TYPES.items() if name != "nothing"}
    checks.equal("own: types of the columns", found, wanted)


def verify(checks, hindcast, folder, options, rng):
    hindcast.start()
    models = [Model("own")]
    models[0].add(hindcast, *sample.write_pair(folder, "own", rng, 0, 4_000))
    check_types(checks, models[0])
    for number in range(0, len(options.files), 2):
        models.append(Model(f"pair-{number // 2 + 1}"))
        models[-1].add(hindcast, *options.files[number:number + 2])
    place = {model: f"{folder}/{model.name}-table" for model in models}
    for model in models:
        report = hindcast.replay(model.name, place[model])
        wanted = {name: len(columns["id", "id", "string"]) for name, columns in model.expected().items()}
        checks.equal(f"{model.name}: rows delivered", report["rows_by_kind"],
                     {"prediction": wanted["predictions"], "actual": wanted["actuals"]})
        check_content(checks, model, place[model], "from the server")
        check_repeated(checks, hindcast, model, place[model], "from the server")
    for model in models[1:]:
        stages, table = {}, f"{folder}/{model.name}-killed"
        problems = kill_and_finish(hindcast, model, table, rng, stages, kills=6)
        checks.note(f"{model.name}: replays stopped by SIGKILL, {told(stages)}: at no moment a row twice or lost", problems)
        check_content(checks, model, table, "killed and repeated", ["deltalake"])
    check_kills(checks, hindcast, folder, rng)
    hindcast.stop()
    hindcast.compact()
    for model in models:
        check_repeated(checks, hindcast, model, place[model], "behind a compaction")
        hindcast.replay(model.name, place[model] + "-2")
        check_content(checks, model, place[model] + "-2", "from the archive", ["deltalake"])
    hindcast.start()
    check_evolution(checks, hindcast, models[0], place[models[0]], folder, rng)
    check_other_writer(checks, hindcast, models[0], place[models[0]])
    hindcast.stop()


def main():
    parser = argparse.ArgumentParser(prog="tools/verify-delta/run", description=__doc__)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--binary", help="default: .build/debug/hindcast")
    parser.add_argument("--seed", type=int)
    parser.add_argument("files", nargs="*", metavar="PREDICTIONS.csv ACTUALS.csv")
    options = parser.parse_args()
    if len(options.files) % 2:
        parser.error("files come in pairs: PREDICTIONS.csv ACTUALS.csv")
    binary = os.path.abspath(options.binary or f"{options.root}/.build/debug/hindcast")
    if not os.access(binary, os.X_OK):
        sys.exit(f"verify-delta: {binary} is not there; run `swift build`, or name a binary with --binary")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"verify-delta: seed {seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="hindcast-delta-")
    checks, hindcast = Checks(), Hindcast(binary, folder)
    began = time.monotonic()
    try:
        verify(checks, hindcast, folder, options, random.Random(seed))
    finally:
        hindcast.kill()
    print(f"verify-delta: {checks.passed} checks held, {checks.failed} failed, {time.monotonic() - began:.0f} s")
    if checks.failed:
        sys.exit(f"verify-delta: seed {seed}; everything is kept in {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
