//! Which files of `src` import which, and which of them import each other.
//!
//! What a file imports is what its `use` lines and its inline paths name, followed through re-exports to the
//! file that defines it. That a parent declares and re-exports its children is no import; that it uses them is.
//! Test modules are left out, since a test looks at whatever it likes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

type Path = Vec<String>;

/// The items that are declared by a word and their name.
const ITEMS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];

pub(crate) struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    /// Of a crate's files, each with its name below `src`.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut modules = Modules([(Path::new(), Module::default())].into());
        for (file, text) in files {
            let path = path_of(file);
            let tokens = text.parse().expect("a source file is made of tokens");
            modules.read(file, &path, tokens);
        }
        Self(modules.imports())
    }

    /// Each set of files that import each other, as the shortest way from its first file back to itself.
    pub(crate) fn circles(&self) -> Vec<Vec<&str>> {
        let mut known = BTreeSet::new();
        let mut circles = Vec::new();
        for file in self.0.keys() {
            if known.contains(file.as_str()) {
                continue;
            }
            let set = self.circle_of(file);
            if let Some(circle) = self.way_back(file) {
                circles.push(circle);
            }
            known.extend(set);
        }
        circles
    }

    /// The files that import each other with this one.
    fn circle_of(&self, file: &str) -> BTreeSet<&str> {
        let reached = self.reached(file);
        let leads_back = |other: &&str| self.reached(other).contains_key(file);
        reached.keys().copied().filter(leads_back).collect()
    }

    /// The shortest way from a file back to itself.
    pub(crate) fn way_back(&self, file: &str) -> Option<Vec<&str>> {
        let reached = self.reached(file);
        let (&end, _) = reached.get_key_value(file)?;
        let mut way = vec![end];
        loop {
            let importer = reached[way[way.len() - 1]];
            way.push(importer);
            if importer == file {
                way.reverse();
                return Some(way);
            }
        }
    }

    /// What a file imports, directly and through others, each with the file that imports it on the
    /// shortest way.
    fn reached(&self, file: &str) -> BTreeMap<&str, &str> {
        let mut reached = BTreeMap::<&str, &str>::new();
        let mut next = VecDeque::new();
        next.extend(self.0.get_key_value(file).map(|(file, _)| file.as_str()));
        while let Some(importer) = next.pop_front() {
            for imported in self.0.get(importer).into_iter().flatten() {
                if !reached.contains_key(imported.as_str()) {
                    reached.insert(imported, importer);
                    next.push_back(imported.as_str());
                }
            }
        }
        reached
    }
}

struct Modules(BTreeMap<Path, Module>);

#[derive(Default)]
struct Module {
    file: String,
    items: BTreeSet<String>,
    uses: Vec<Use>,
    /// Inline paths, such as `wire::Door`.
    paths: BTreeSet<Path>,
    /// All words outside `use` lines, from which it shows whether an imported name is used here.
    words: BTreeSet<String>,
}

struct Use {
    path: Path,
    name: Name,
    is_public: bool,
}

#[derive(PartialEq)]
enum Name {
    Is(String),
    Glob,
}

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Module(Path),
    /// An item, by the module that defines it.
    Item(Path),
}

impl Modules {
    fn read(&mut self, file: &str, path: &Path, tokens: TokenStream) {
        file.clone_into(&mut self.0.entry(path.clone()).or_default().file);
        self.read_tokens(file, path, tokens, true);
    }

    /// `at_top` outside any braces, where the words of items declare what other files can import.
    fn read_tokens(&mut self, file: &str, path: &Path, tokens: TokenStream, at_top: bool) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            let word = match token {
                TokenTree::Group(group) => {
                    self.read_tokens(file, path, group.stream(), false);
                    continue;
                }
                TokenTree::Punct(punct) => {
                    if punct.as_char() == '#'
                        && let Some(TokenTree::Group(attribute)) = tokens.get(at)
                    {
                        at += 1;
                        if attribute.stream().to_string() == "cfg (test)"
                            && is_ident(&tokens, at, "mod")
                        {
                            at += 3;
                        }
                        self.read_attribute(file, path, attribute.stream());
                    }
                    continue;
                }
                TokenTree::Literal(_) => continue,
                TokenTree::Ident(word) => word.to_string(),
            };
            let module = self.0.entry(path.clone()).or_default();
            if word == "mod"
                && let Some(name) = ident(&tokens, at)
            {
                at += 1;
                if let Some(TokenTree::Group(body)) = tokens.get(at) {
                    at += 1;
                    let inner = child(path, &name);
                    self.read(file, &inner, body.stream());
                }
            } else if word == "use" && !is_punct(&tokens, at, '<') {
                let is_public = match at.checked_sub(2).map(|before| &tokens[before]) {
                    Some(TokenTree::Ident(before)) => *before == "pub",
                    Some(TokenTree::Group(before)) => before.delimiter() == Delimiter::Parenthesis,
                    _ => false,
                };
                let end = (at..tokens.len())
                    .find(|&end| is_punct(&tokens, end, ';'))
                    .unwrap_or(tokens.len());
                for (path, name) in used(&tokens[at..end]) {
                    module.uses.push(Use { path, name, is_public });
                }
                at = end;
            } else {
                if at_top && let Some(name) = declared(&tokens, &word, at) {
                    module.items.insert(name);
                }
                // `::std::fs` is no path of this crate, and `method::<T>::name` goes on with no module.
                let is_rest = at >= 3 && is_separator(&tokens, at - 3);
                let mut segments = vec![word.clone()];
                while is_separator(&tokens, at)
                    && let Some(next) = ident(&tokens, at + 2)
                {
                    segments.push(next);
                    at += 3;
                }
                module.words.extend(segments.iter().cloned());
                if segments.len() > 1 && !is_rest {
                    module.paths.insert(segments);
                }
            }
        }
    }

    /// `#[serde(with = "super::date")]`: the texts of an attribute can be paths.
    fn read_attribute(&mut self, file: &str, path: &Path, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        if matches!(tokens.peek(), Some(TokenTree::Ident(name)) if *name == "doc") {
            return;
        }
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_attribute(file, path, group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if let Ok(tokens) = text.trim_matches('"').parse() {
                        self.read_tokens(file, path, tokens, false);
                    }
                }
                other => self.read_tokens(file, path, other.into(), false),
            }
        }
    }

    fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
        for (path, module) in &self.0 {
            let imported = imports.entry(module.file.clone()).or_default();
            let mut import = |found: BTreeSet<Found>| {
                let files = found.iter().filter_map(|found| match found {
                    Found::Item(path) => Some(self.0.get(path)?.file.clone()),
                    Found::Module(_) => None,
                });
                imported.extend(files.filter(|file| *file != module.file));
            };
            for inline in &module.paths {
                import(self.resolve(path, inline));
            }
            for line in &module.uses {
                let found = self.resolve(path, &line.path);
                match &line.name {
                    Name::Is(name) if line.is_public && !module.words.contains(name) => {
                        // Merely re-exported: no import if it is a child's.
                        let foreign = found.into_iter().filter(
                            |found| !matches!(found, Found::Item(item) if item.starts_with(path)),
                        );
                        import(foreign.collect());
                    }
                    Name::Is(_) => import(found),
                    Name::Glob => {
                        for found in found {
                            let Found::Module(globbed) = found else {
                                import([found].into());
                                continue;
                            };
                            for word in &module.words {
                                import(self.member(&globbed, word, path, &mut BTreeSet::new()));
                            }
                        }
                    }
                }
            }
        }
        imports
    }

    fn resolve(&self, scope: &Path, path: &[String]) -> BTreeSet<Found> {
        self.resolve_once(scope, path, &mut BTreeSet::new())
    }

    /// Everything that a path can mean, since a module and an item can have the same name.
    fn resolve_once(
        &self,
        scope: &Path,
        path: &[String],
        visited: &mut BTreeSet<(Path, usize)>,
    ) -> BTreeSet<Found> {
        let Some((first, rest)) = path.split_first() else {
            return BTreeSet::new();
        };
        let mut found = match first.as_str() {
            "crate" => BTreeSet::from([Found::Module(Path::new())]),
            "self" => BTreeSet::from([Found::Module(scope.clone())]),
            "super" => BTreeSet::from([Found::Module(parent(scope))]),
            name => self.member(scope, name, scope, visited),
        };
        for name in rest {
            let mut next = BTreeSet::new();
            for found in found {
                match found {
                    // A variant, or what an implementation has.
                    Found::Item(_) => {
                        next.insert(found);
                    }
                    Found::Module(module) if name == "super" => {
                        next.insert(Found::Module(parent(&module)));
                    }
                    Found::Module(module) if name == "self" => {
                        next.insert(Found::Module(module));
                    }
                    Found::Module(module) => {
                        let members = self.member(&module, name, scope, visited);
                        if members.is_empty() {
                            // A macro makes it.
                            next.insert(Found::Item(module));
                        }
                        next.extend(members);
                    }
                }
            }
            found = next;
        }
        found
    }

    /// What a name means in a module, to someone in the module `from`.
    fn member(
        &self,
        path: &Path,
        name: &str,
        from: &Path,
        visited: &mut BTreeSet<(Path, usize)>,
    ) -> BTreeSet<Found> {
        let mut found = BTreeSet::new();
        let Some(module) = self.0.get(path) else {
            return found;
        };
        let inner = child(path, name);
        if self.0.contains_key(&inner) {
            found.insert(Found::Module(inner));
        }
        if module.items.contains(name) {
            found.insert(Found::Item(path.clone()));
        }
        for (number, line) in module.uses.iter().enumerate() {
            let can_mean = line.name == Name::Glob || line.name == Name::Is(name.to_owned());
            let is_visible = line.is_public || from.starts_with(path);
            // What a line imports does not depend on that line.
            if !can_mean || !is_visible || !visited.insert((path.clone(), number)) {
                continue;
            }
            for imported in self.resolve_once(path, &line.path, visited) {
                match (&line.name, &imported) {
                    (Name::Glob, Found::Module(globbed)) => {
                        found.extend(self.member(globbed, name, path, visited));
                    }
                    (Name::Glob, Found::Item(_)) => {}
                    (Name::Is(_), Found::Item(item)) if !item.starts_with(path) => {
                        // Whoever takes a name from a file that only imports it depends on that file too.
                        found.extend([Found::Item(path.clone()), imported]);
                    }
                    (Name::Is(_), _) => {
                        found.insert(imported);
                    }
                }
            }
            visited.remove(&(path.clone(), number));
        }
        found
    }
}

/// `mock/http/mod.rs` is `mock::http`, `lib.rs` the crate.
fn path_of(file: &str) -> Path {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        return Path::new();
    }
    path.split('/').map(str::to_owned).collect()
}

fn child(path: &Path, name: &str) -> Path {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

fn parent(path: &Path) -> Path {
    path[..path.len().saturating_sub(1)].to_vec()
}

/// The paths of a `use` line, its groups unfolded.
fn used(tokens: &[TokenTree]) -> Vec<(Path, Name)> {
    let mut path = Path::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if *word == "as" => {
                return match ident(tokens, at + 1) {
                    Some(name) => vec![(path, Name::Is(name))],
                    None => Vec::new(),
                };
            }
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => return vec![(path, Name::Glob)],
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                return inner
                    .split(is_comma)
                    .filter(|part| !part.is_empty())
                    .flat_map(used)
                    .map(|(rest, name)| (path.iter().cloned().chain(rest).collect(), name))
                    .map(|(path, name)| without_self(path, name))
                    .collect();
            }
            _ => {}
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    vec![(path, Name::Is(name))]
}

/// `a::{self}` is `a`, and named so.
fn without_self(mut path: Path, name: Name) -> (Path, Name) {
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
        if name == Name::Is("self".to_owned()) {
            let name = Name::Is(path[path.len() - 1].clone());
            return (path, name);
        }
    }
    (path, name)
}

/// The name that an item has, `word` being the one before `at`.
fn declared(tokens: &[TokenTree], word: &str, at: usize) -> Option<String> {
    if word == "macro_rules" {
        return ident(tokens, at + 1);
    }
    // `const fn name` declares `name`, by `fn`.
    ident(tokens, at).filter(|name| ITEMS.contains(&word) && name != "fn")
}

fn ident(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at)? {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

fn is_ident(tokens: &[TokenTree], at: usize, name: &str) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Ident(word)) if *word == name)
}

fn is_punct(tokens: &[TokenTree], at: usize, letter: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == letter)
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, at, ':') && is_punct(tokens, at + 1, ':')
}
