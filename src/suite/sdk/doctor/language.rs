//! How a language does what an adapter needs. The language is known by the adapter's command.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A language, with the advice against its usual mistakes.
#[derive(Debug)]
pub(super) struct Language {
    /// Its programs, without their version.
    programs: &'static [&'static str],
    /// The extensions of its files.
    extensions: &'static [&'static str],
    /// How a reply leaves its buffer.
    pub(super) flush: &'static str,
    /// How requests are read one at a time.
    pub(super) read: &'static str,
    /// How JSON is written on one line.
    pub(super) compact: &'static str,
    /// How one prints for people.
    pub(super) print: &'static str,
    /// How both streams are made UTF-8.
    pub(super) utf8: &'static str,
    /// Where a byte order mark comes from.
    pub(super) mark: &'static str,
}

const MARK: &str = "open standard output as UTF-8 without a byte order mark";

/// The languages that are known by a command, and last what is advised for all others.
static LANGUAGES: [Language; 12] = [
    Language {
        programs: &["php"],
        extensions: &["php", "phar"],
        flush: "PHP: fflush(STDOUT) after each fwrite; behind an ob_start(), ob_flush() and \
            flush()",
        read: "PHP: while (($line = fgets(STDIN)) !== false), no file_get_contents",
        compact: "PHP: json_encode without JSON_PRETTY_PRINT",
        print: "PHP: fwrite(STDERR, …); warnings by ini_set('display_errors', 'stderr'), or php -d \
            display_errors=stderr",
        utf8: "PHP: texts are bytes already: no utf8_decode, no mb_convert_encoding",
        mark: "PHP: save the file without a mark: whatever stands before <?php is printed",
    },
    Language {
        programs: &["python", "pypy"],
        extensions: &["py", "pyz"],
        flush: "Python: print(…, flush=True), or sys.stdout.flush()",
        read: "Python: for line in sys.stdin.buffer, no read() or readlines()",
        compact: "Python: json.dumps without indent",
        print: "Python: print(…, file=sys.stderr)",
        utf8: "Python: json.loads of sys.stdin.buffer; sys.stdout.reconfigure(encoding='utf-8')",
        mark: "Python: the encoding is 'utf-8', not 'utf-8-sig'",
    },
    Language {
        programs: &["node", "nodejs", "deno", "bun"],
        extensions: &["js", "mjs", "cjs", "ts", "mts"],
        flush: "JavaScript: process.stdout.write(line + '\\n') at once, for each request",
        read: "JavaScript: process.stdin.on('data', …) split at '\\n', no readFileSync(0)",
        compact: "JavaScript: JSON.stringify(reply), without a third argument",
        print: "JavaScript: console.error, not console.log",
        utf8: "JavaScript: 'utf8' for both streams, not 'latin1'; decode whole lines, not chunks",
        mark: MARK,
    },
    Language {
        programs: &["go"],
        extensions: &["go"],
        flush: "Go: os.Stdout has no buffer, a bufio.Writer needs Flush() after each line",
        read: "Go: bufio.Reader and ReadBytes('\\n'), no io.ReadAll",
        compact: "Go: json.Marshal, not json.MarshalIndent; no SetIndent",
        print: "Go: fmt.Fprintln(os.Stderr, …), or the package log",
        utf8: "Go: texts are UTF-8 already: convert nothing",
        mark: MARK,
    },
    Language {
        programs: &["ruby", "jruby"],
        extensions: &["rb"],
        flush: "Ruby: $stdout.sync = true at the start",
        read: "Ruby: $stdin.each_line, no $stdin.read",
        compact: "Ruby: JSON.generate, not JSON.pretty_generate",
        print: "Ruby: warn, not puts",
        utf8: "Ruby: $stdin and $stdout.set_encoding('UTF-8')",
        mark: MARK,
    },
    Language {
        programs: &["perl"],
        extensions: &["pl"],
        flush: "Perl: $| = 1; at the start",
        read: "Perl: while (my $line = <STDIN>), no list of all lines",
        compact: "Perl: no pretty and no indent on the JSON object",
        print: "Perl: print STDERR, or warn",
        utf8: "Perl: JSON::PP->new->utf8 reads and writes bytes; between them utf8::encode a copy \
            for the crypto, and utf8::decode what it opens",
        mark: MARK,
    },
    Language {
        programs: &["java", "kotlin"],
        extensions: &["jar", "java", "class", "kt"],
        flush: "Java: flush() after each line, or new PrintStream(System.out, true, …)",
        read: "Java: BufferedReader.readLine() in a loop, no readAllBytes()",
        compact: "Java: no setPrettyPrinting() in Gson, no INDENT_OUTPUT in Jackson",
        print: "Java: System.err, and a logger that does not write to the console",
        utf8: "Java: new InputStreamReader(System.in, StandardCharsets.UTF_8), and a PrintStream \
            of that charset",
        mark: MARK,
    },
    Language {
        programs: &["dotnet"],
        extensions: &["dll", "csproj", "cs"],
        flush: "C#: AutoFlush = true on the StreamWriter",
        read: "C#: ReadLine() in a loop, no ReadToEnd()",
        compact: "C#: WriteIndented = false",
        print: "C#: Console.Error",
        utf8: "C#: open both streams with new UTF8Encoding(false), do not use Console.In and Out",
        mark: "C#: new UTF8Encoding(false), Encoding.UTF8 writes one",
    },
    Language {
        programs: &["cargo", "rustc"],
        extensions: &["rs"],
        flush: "Rust: println! writes whole lines; a BufWriter needs flush() after each",
        read: "Rust: stdin().lock().lines(), no read_to_string",
        compact: "Rust: serde_json::to_string, not to_string_pretty",
        print: "Rust: eprintln!, not println!",
        utf8: "Rust: texts are UTF-8 already: convert nothing",
        mark: MARK,
    },
    Language {
        programs: &["cc", "gcc", "clang", "tcc"],
        extensions: &["c"],
        flush: "C: fflush(stdout) after each line, or setvbuf(stdout, NULL, _IOLBF, 0)",
        read: "C: getline() in a loop, no fread() of everything",
        compact: "C: a JSON library's compact writer: JSON_C_TO_STRING_PLAIN, cJSON_PrintUnformatted",
        print: "C: fprintf(stderr, …)",
        utf8: "C: texts are bytes already: convert nothing, and write \\u escapes as UTF-8",
        mark: MARK,
    },
    Language {
        programs: &[],
        extensions: &["html", "htm"],
        flush: "a page: fetch('keyproof/reply', { method: 'POST', body: line }) for each request",
        read: "a page: fetch('keyproof/next') again after each line, until it answers 410",
        compact: "a page: JSON.stringify(reply), without a third argument",
        print: "a page: console.log, which nothing but the browser reads",
        utf8: "a page: TextEncoder first, then pad and cut the bytes: strings count UTF-16 units",
        mark: "a page: new TextDecoder('utf-8', { ignoreBOM: true }) keeps a mark of the text",
    },
    Language {
        programs: &[],
        extensions: &[],
        flush: "for example Python: flush=True; Ruby: $stdout.sync = true; Perl: $| = 1; C: \
            fflush(stdout)",
        read: "read one line, answer it, read the next, until the input ends",
        compact: "switch the JSON writer's indenting off",
        print: "print to standard error, and send the logger there",
        utf8: "open both streams as UTF-8 by name: the default is the machine's encoding",
        mark: MARK,
    },
];

impl Language {
    /// The language of a command, by its first word that is a program or a file of one.
    pub(super) fn of(command: &[OsString]) -> &'static Self {
        let [known @ .., unknown] = &LANGUAGES;
        let of_word = |word: &OsString| {
            let path = Path::new(word);
            let lower = |part: Option<&OsStr>| {
                part.unwrap_or_default().to_string_lossy().to_ascii_lowercase()
            };
            let (name, extension) = (lower(path.file_name()), lower(path.extension()));
            let program = name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.');
            known.iter().find(|language| {
                language.programs.contains(&program)
                    || language.extensions.contains(&extension.as_str())
            })
        };
        command.iter().find_map(of_word).unwrap_or(unknown)
    }
}
