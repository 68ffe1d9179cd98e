//! Small crates, and the circles in them.

use super::imports::Imports;

type Crate = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// What the crate shows, its files, and the circles that are in it.
const CRATES: [Crate; 21] = [
    ("one way", &[("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")], &[]),
    (
        "two files",
        &[("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "use crate::a::A; pub struct B;")],
        &["a.rs -> b.rs -> a.rs"],
    ),
    (
        "three files, and one beside them",
        &[
            ("a.rs", "use super::b; fn a() { b::b() }"),
            ("b.rs", "pub fn b() { crate::c::c(); crate::d::D; }"),
            ("c.rs", "pub fn c() -> super::a::A {}"),
            ("d.rs", "pub struct D;"),
        ],
        &["a.rs -> b.rs -> c.rs -> a.rs"],
    ),
    (
        "two circles",
        &[
            ("a.rs", "use crate::{b::B, c::C};"),
            ("b.rs", "use crate::a::A; pub struct B;"),
            ("c.rs", "use crate::d::D; pub struct C;"),
            ("d.rs", "use crate::c::C; pub struct D;"),
        ],
        &["a.rs -> b.rs -> a.rs", "c.rs -> d.rs -> c.rs"],
    ),
    (
        "a parent that declares and re-exports",
        &[
            ("a/mod.rs", "mod b; mod c; pub use b::B; pub(crate) use c::{C, self};"),
            ("a/b.rs", "use super::C; pub struct B;"),
            ("a/c.rs", "pub struct C;"),
        ],
        &[],
    ),
    (
        "through a parent's re-export",
        &[
            ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
            ("a/b.rs", "use super::C; pub struct B;"),
            ("a/c.rs", "use crate::a::B; pub struct C;"),
        ],
        &["a/b.rs -> a/c.rs -> a/b.rs"],
    ),
    (
        "through two re-exports, one of them with another name",
        &[
            ("lib.rs", "mod a; mod d; pub use a::Other;"),
            ("a/mod.rs", "mod b; pub use b::B as Other;"),
            ("a/b.rs", "use crate::d::D; pub struct B;"),
            ("d.rs", "use crate::Other; pub struct D;"),
        ],
        &["a/b.rs -> d.rs -> a/b.rs"],
    ),
    (
        "a parent that uses what it re-exports",
        &[
            ("a/mod.rs", "mod b; pub use b::B; pub struct A(B);"),
            ("a/b.rs", "use super::A; pub struct B;"),
        ],
        &["a/b.rs -> a/mod.rs -> a/b.rs"],
    ),
    (
        "a child that takes what its parent imports",
        &[
            ("a/mod.rs", "mod b; use crate::c::C; fn a() { b::b() }"),
            ("a/b.rs", "use super::C; pub fn b() {}"),
            ("c.rs", "pub struct C;"),
        ],
        &["a/b.rs -> a/mod.rs -> a/b.rs"],
    ),
    (
        "nested groups, a parent's parent, self",
        &[
            ("a/mod.rs", "pub mod b;"),
            ("a/b.rs", "use super::super::{c::{self, d::{D, E as Other}}, f}; pub struct B;"),
            ("c/mod.rs", "pub mod d;"),
            ("c/d.rs", "use self::super::super::a::b::B; pub struct D;"),
            ("f.rs", ""),
        ],
        &["a/b.rs -> c/d.rs -> a/b.rs"],
    ),
    (
        "a glob",
        &[
            ("a.rs", "use crate::b::*; pub fn a() { B; }"),
            ("b/mod.rs", "mod c; mod d; pub use c::B; pub use d::D;"),
            ("b/c.rs", "use crate::a::a; pub struct B;"),
            ("b/d.rs", "use crate::a::a; pub struct D;"),
        ],
        &["a.rs -> b/c.rs -> a.rs"],
    ),
    (
        "a parent's glob does not take what a child imports for itself",
        &[
            ("a/mod.rs", "mod b; pub use b::*; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B;"),
        ],
        &[],
    ),
    (
        "a module's name in a path",
        &[
            ("a.rs", "use super::b; fn a() -> Vec<b::c::C> {}"),
            ("b/mod.rs", "pub mod c; pub mod d;"),
            ("b/c.rs", "use crate::a::a; pub struct C;"),
            ("b/d.rs", "use crate::a::a;"),
        ],
        &["a.rs -> b/c.rs -> a.rs"],
    ),
    (
        "a function and a module of one name",
        &[
            ("a.rs", "use crate::b::b;"),
            ("b/mod.rs", "mod b; pub use b::b;"),
            ("b/b.rs", "pub fn b() { crate::a::a() }"),
        ],
        &["a.rs -> b/b.rs -> a.rs"],
    ),
    (
        "macros",
        &[
            (
                "a/mod.rs",
                "macro_rules! m { () => { $crate::a::f() } } pub(crate) use m; mod b; fn f() { b::b() }",
            ),
            ("a/b.rs", "use super::m; pub fn b() { m!() }"),
            ("c.rs", "fn c() { println!(\"{}\", crate::d::D) }"),
            ("d.rs", "use crate::c::c;"),
        ],
        &["a/b.rs -> a/mod.rs -> a/b.rs", "c.rs -> d.rs -> c.rs"],
    ),
    (
        "implementations, bounds, attributes, bodies",
        &[
            ("a.rs", "impl crate::b::B for A {} struct A;"),
            ("b.rs", "pub trait B where Self: crate::c::C {}"),
            (
                "c.rs",
                "#[derive(D)] struct S { #[serde(with = \"crate::d\", default = \"crate::d::new\")] s: u8 } pub trait C {}",
            ),
            ("d.rs", "pub fn new() { use crate::a::A; A; }"),
        ],
        &["a.rs -> b.rs -> c.rs -> d.rs -> a.rs"],
    ),
    (
        "modules in a file",
        &[
            ("a.rs", "pub mod inner { use super::super::b::B; use super::A; } pub struct A;"),
            ("b.rs", "use crate::a::inner::Missing; pub struct B;"),
        ],
        &["a.rs -> b.rs -> a.rs"],
    ),
    (
        "comments and texts are no imports",
        &[
            (
                "a.rs",
                "//! [`crate::b::B`]\n/* use crate::b::B; */ /// crate::b::B\nconst A: &str = \"crate::b::B\";",
            ),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        &[],
    ),
    (
        "tests look where they like",
        &[
            (
                "a.rs",
                "#[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] mod more; struct A;",
            ),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ],
        &[],
    ),
    (
        "other crates",
        &[
            ("fs.rs", "use std::fs; fn f() { fs::read(); ::b::B; Vec::<u8>::b::B }"),
            ("b.rs", "use crate::fs::f; pub struct B;"),
        ],
        &[],
    ),
    (
        "a file that gets a name from one beside it",
        &[
            ("a.rs", "pub use crate::c::C; use crate::b::B;"),
            ("b.rs", "use crate::a::C; pub struct B;"),
            ("c.rs", "pub struct C;"),
        ],
        &["a.rs -> b.rs -> a.rs"],
    ),
];

/// The crates in which other circles are found.
pub(crate) fn found() -> Vec<String> {
    let mut complaints = Vec::new();
    for (shows, files, expected) in CRATES {
        let imports = Imports::of(files.iter().copied());
        let circles = imports.circles();
        let circles: Vec<_> = circles.iter().map(|circle| circle.join(" -> ")).collect();
        if circles != expected {
            complaints.push(format!("{shows}: {circles:?} instead of {expected:?}"));
        }
    }
    complaints
}
