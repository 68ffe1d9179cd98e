//! The shape of the project itself: what stands where, and who may use whom.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyproof::cli::environment::names;
use keyproof::suite::server;
use libtest_mimic::Failed;

use crate::support::Trial;

#[path = "tree/circles.rs"]
mod circles;
#[path = "tree/honest.rs"]
mod honest;
#[path = "tree/imports.rs"]
mod imports;

use imports::Imports;

/// Each room of `src/`, and the rooms that it may use. `harness` takes the requirements' types from
/// `contract` and nothing else.
const ROOMS: [(&str, &[&str]); 14] = [
    ("system", &[]),
    ("crypto", &["named"]),
    ("vectors", &["crypto", "named"]),
    ("contract", &["crypto", "named"]),
    ("harness", &["contract::requirement", "named"]),
    ("mock", &["contract", "crypto", "named", "system"]),
    ("adapter", &["vectors", "crypto", "named", "system"]),
    ("suite", &["harness", "adapter", "vectors", "contract", "crypto", "mock", "named"]),
    // Only clients are pointed at the mock: a server is judged by its URL.
    (
        "suite/server",
        &[
            "suite::random",
            "suite::off_thread",
            "suite::server",
            "harness",
            "contract",
            "crypto",
            "named",
        ],
    ),
    // Within it, the wire knows no step, and a step no case.
    (
        "suite/server/wire",
        &[
            "suite::server::wire",
            "suite::server::inventory",
            "suite::server::needs",
            "harness",
            "contract",
        ],
    ),
    // Whoever sends the requests says what was answered: the judge of it sends none.
    ("suite/server/history", &["suite::server::history", "contract"]),
    (
        "suite/server/steps",
        &[
            "suite::server::steps",
            "suite::server::overlap",
            "suite::server::history",
            "suite::server::context",
            "suite::server::wire",
            "suite::server::key",
            "suite::server::inventory",
            "suite::server::needs",
            "harness",
            "contract",
            "crypto",
        ],
    ),
    (
        "suite/sdk",
        &[
            "suite::canary",
            "suite::random",
            "suite::off_thread",
            "suite::sdk",
            "harness",
            "adapter",
            "vectors",
            "contract",
            "crypto",
            "named",
        ],
    ),
    (
        "cli",
        &[
            "suite", "mock", "harness", "adapter", "contract", "vectors", "crypto", "named",
            "system",
        ],
    ),
];

/// What may stand at the top, beside dot files and build output.
const TOP: [&str; 14] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "action.yml",
    "benches",
    "deny.toml",
    "src",
    "suites",
    "target",
    "vectors",
];

const LONGEST_FILE: usize = 400;

/// The clients that send HTTP, as `src/lib.rs` names them.
const SENDERS: [&str; 4] =
    ["suite/server/wire/", "suite/client/", "adapter/reference/client.rs", "cli/mock/ready.rs"];

/// What is not the same on each operating system: `src/system` alone knows of it.
const OF_ONE_SYSTEM: [&str; 8] = [
    "std::os::",
    "rustix",
    "tokio::signal::",
    "\"/proc",
    "\"/dev/tty",
    "cfg(unix",
    "cfg(windows",
    "target_os",
];

/// The files of the reference adapter that are right, whatever it is told to get wrong. What a client gets wrong is
/// about the order of its requests, and stands where that is.
const RIGHT: [&str; 4] = ["answer.rs", "crypto.rs", "descriptor.rs", "protocol.rs"];

/// What a condition on a bug or a variant would name.
const MISBEHAVIOUR: [&str; 6] = ["Bug", "Quirk", "Slip", "Variant", "behaviour.", "wrong"];

/// What writes to the process's own streams.
const WRITERS: [&str; 5] = ["print!(", "println!(", "dbg!(", "io::stderr", "io::stdout"];

/// Who may: the one way out, which redacts; and the reference adapter, a process of its own whose bugs say
/// what must not be said, and whose answers are read by a program. The room of the operating system only asks where
/// the streams lead.
const MAY_WRITE: [&str; 4] =
    ["cli/output.rs", "cli/adapter.rs", "adapter/reference/", "system/file.rs"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("rooms_depend_one_way", || each(one_way())),
        Trial::test("no_circle", || each(no_circle())),
        Trial::test("the_service_knows_no_misbehaviour", || each(honest::lines())),
        Trial::test("circles_are_found", || each(circles::found())),
        Trial::test("every_room_is_in_the_list", || each(rooms_listed())),
        Trial::test("the_top_level_is_as_designed", || each(top_level())),
        Trial::test("documents_name_what_is_there", || {
            each(DOCUMENTS.into_iter().flat_map(stale_paths).collect())
        }),
        Trial::test("the_guide_promises_few_places", || each(guide())),
        Trial::test("no_source_file_eats_the_crate", || each(short_files())),
        Trial::test("every_shape_is_compiled_in", || each(shapes_embedded())),
        Trial::test("the_command_line_alone_reads_the_environment", || {
            each(lines_with(&["std::env"], &["cli/"]))
        }),
        Trial::test("few_clients_send_http", || each(other_senders())),
        Trial::test("the_reference_adapter_is_right_inside", || each(right_inside())),
        Trial::test("there_is_one_way_out", || each(lines_with(&WRITERS, &MAY_WRITE))),
        Trial::test("one_file_has_unsafe_code", || {
            each(lines_with(&["unsafe_code", "unsafe {", "unsafe fn"], &["crypto/sha_ni.rs"]))
        }),
        Trial::test("one_room_knows_the_operating_system", || {
            each(lines_with(&OF_ONE_SYSTEM, &["system/"]))
        }),
        Trial::test("every_variable_is_in_the_table", || each(variables_known())),
        Trial::test("every_dependency_says_why_it_is_here", || each(explained())),
    ]
}

/// No complaint, or all of them.
fn each(complaints: Vec<String>) -> Result<(), Failed> {
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(below: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

fn one_way() -> Vec<String> {
    let mut complaints = Vec::new();
    for (room, allowed) in ROOMS {
        for path in sources(&root().join("src").join(room)) {
            let text = fs::read_to_string(&path).unwrap();
            for (_, used) in text.match_indices("crate::").map(|(at, _)| {
                let rest = &text[at + "crate::".len()..];
                (at, rest)
            }) {
                let may =
                    std::iter::once(&room).chain(allowed).any(|prefix| is_below(used, prefix));
                if !may {
                    let line = used.lines().next().unwrap_or_default();
                    complaints.push(format!("{}: crate::{line}", path.display()));
                }
            }
        }
    }
    complaints
}

/// No set of files imports each other, beyond a `mod.rs` that declares and re-exports its children.
fn no_circle() -> Vec<String> {
    let src = root().join("src");
    let files = sources(&src).into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        (name.to_owned(), text)
    });
    let mut files: Vec<_> = files.filter(|(name, _)| name != "main.rs").collect();
    files.sort();
    let imports = Imports::of(files.iter().map(|(name, text)| (&**name, &**text)));
    let circle = files.iter().find_map(|(name, _)| imports.way_back(name));
    circle.map(|way| way.join(" -> ")).into_iter().collect()
}

/// Whoever else has a client of its own, or asks without one.
fn other_senders() -> Vec<String> {
    let sends =
        |line: &String| ["Client", "::get(", "blocking"].iter().any(|word| line.contains(word));
    let others = lines_with(&["reqwest", "hyper_util"], &SENDERS);
    let is_example = |line: &String| line.contains(": ///") || line.contains(": //!");
    let others = others.into_iter().filter(sends);
    others.filter(|line| !is_example(line)).collect()
}

/// An SDK author may copy it: it asks nowhere whether it is to be wrong.
fn right_inside() -> Vec<String> {
    let is_right = |line: &String| {
        let file = line.strip_prefix("adapter/reference/");
        file.is_some_and(|file| RIGHT.iter().any(|right| file.starts_with(right)))
    };
    lines_with(&MISBEHAVIOUR, &[]).into_iter().filter(is_right).collect()
}

/// The lines that have one of the words in them, outside the files and folders that may have it.
fn lines_with(words: &[&str], may: &[&str]) -> Vec<String> {
    let src = root().join("src");
    let mut found = Vec::new();
    for path in sources(&src) {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        if may.iter().any(|may| name.starts_with(may)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

/// Whether the path at the start of `used` is `prefix` or something in it.
fn is_below(used: &str, prefix: &str) -> bool {
    used.strip_prefix(prefix)
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

fn rooms_listed() -> Vec<String> {
    let known: BTreeSet<_> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|room| !known.contains(room))
        .map(|room| format!("src/{room} is in no list of rooms"))
        .collect()
}

fn top_level() -> Vec<String> {
    fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .map(|name| format!("{name} is not part of the top level"))
        .collect()
}

/// Documents whose paths are read from the top of the project.
const DOCUMENTS: [&str; 5] =
    ["CONTRIBUTING.md", "README.md", "benches/README.md", "suites/README.md", "vectors/README.md"];

/// Paths that a document names and that are not there.
fn stale_paths(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let is_path = |word: &&str| {
        let is_below = |room: &&str| {
            word.strip_prefix(*room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        ["src", "suites", "vectors", ".ci"].iter().any(is_below)
    };
    let paths = text.split('`').skip(1).step_by(2).filter(is_path);
    let missing = paths.filter(|path| !root().join(path).exists());
    missing.map(|path| format!("{document} names {path}, which is not there")).collect()
}

/// What CONTRIBUTING.md walks through takes no more places than promised.
fn guide() -> Vec<String> {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let mut complaints = Vec::new();
    for (heading, most) in [("## An endpoint\n", 6), ("## A case\n", 3), ("## A defect\n", 3)] {
        let (_, section) = text.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap_or_default();
        let is_place = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit());
        let places = section.lines().filter(is_place).count();
        if !(1..=most).contains(&places) {
            complaints.push(format!("{}: {places} places of {most}", heading.trim()));
        }
    }
    complaints
}

fn short_files() -> Vec<String> {
    sources(&root().join("src"))
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect()
}

fn shapes_embedded() -> Vec<String> {
    let mut complaints = Vec::new();
    for (folder, schemas) in
        [("suites/shapes", server::SCHEMAS), ("suites/shapes/requests", server::REQUEST_SCHEMAS)]
    {
        let files = fs::read_dir(root().join(folder)).unwrap();
        let files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        for path in files {
            let is_schema = path.extension().is_some_and(|end| end == "json");
            let name = path.file_stem().unwrap().to_str().unwrap();
            if is_schema && !schemas.iter().any(|(embedded, _)| *embedded == name) {
                complaints.push(format!("{} is not compiled in", path.display()));
            }
        }
    }
    complaints
}

/// Whoever reads or names a variable of ours that is not in the table would have it refused.
fn variables_known() -> Vec<String> {
    let known = names();
    let of_a_family = |name: &str| known.iter().any(|known| known.starts_with(name));
    let mut complaints = Vec::new();
    let mut files = sources(&root().join("src"));
    files.extend(["README.md", "suites/README.md", "action.yml"].map(|name| root().join(name)));
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("KEYPROOF_") {
            let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
            let name = &text[at..];
            let name = name.split(|letter| !is_part(letter)).next().unwrap_or_default();
            let is_known = known.iter().any(|known| known == name)
                || name.starts_with("KEYPROOF_TEST_")
                || name.ends_with('_') && of_a_family(name);
            if !is_known {
                complaints.push(format!("{}: {name}", path.display()));
            }
        }
    }
    complaints
}

/// A comment stands above each dependency, or above the group that it ends.
fn explained() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut complaints = Vec::new();
    let mut in_dependencies = false;
    let mut is_explained = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
            is_explained = false;
        } else if line.starts_with('#') {
            is_explained = true;
        } else if line.trim().is_empty() {
            is_explained = false;
        } else if in_dependencies && !is_explained {
            complaints.push(format!("no comment above: {line}"));
        }
    }
    complaints
}
