//! How a language does what an adapter needs. The language is known by the adapter's command.

use std::ffi::OsString;
use std::path::Path;

/// A language whose usual mistakes are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Php,
    Python,
    JavaScript,
    Go,
    Ruby,
    Perl,
    Java,
    DotNet,
    Unknown,
}

/// The programs, without their version, and the ends of file names that show a language.
const SHOWN_BY: [(Language, &[&str], &[&str]); 8] = [
    (Language::Php, &["php"], &["php", "phar"]),
    (Language::Python, &["python", "pypy"], &["py", "pyz"]),
    (Language::JavaScript, &["node", "nodejs", "deno", "bun"], &["js", "mjs", "cjs", "ts", "mts"]),
    (Language::Go, &["go"], &["go"]),
    (Language::Ruby, &["ruby", "jruby"], &["rb"]),
    (Language::Perl, &["perl"], &["pl"]),
    (Language::Java, &["java", "kotlin"], &["jar", "java", "class", "kt"]),
    (Language::DotNet, &["dotnet"], &["dll", "csproj", "cs"]),
];

impl Language {
    /// The language of a command, by its first word that shows one.
    pub(super) fn of(command: &[OsString]) -> Self {
        let of_word = |word: &OsString| {
            let path = Path::new(word);
            let lower = |part: Option<&std::ffi::OsStr>| {
                part.unwrap_or_default().to_string_lossy().to_ascii_lowercase()
            };
            let name = lower(path.file_name());
            let program = name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '.');
            let extension = lower(path.extension());
            SHOWN_BY
                .iter()
                .find(|(_, programs, ends)| {
                    programs.contains(&program) || ends.contains(&extension.as_str())
                })
                .map(|(language, ..)| *language)
        };
        command.iter().find_map(of_word).unwrap_or(Self::Unknown)
    }

    /// How a reply leaves its buffer.
    pub(super) const fn flush(self) -> &'static str {
        match self {
            Self::Php => {
                "PHP: fflush(STDOUT) after each fwrite; behind an ob_start(), ob_flush() and flush()"
            }
            Self::Python => "Python: print(…, flush=True), or sys.stdout.flush()",
            Self::JavaScript => {
                "JavaScript: process.stdout.write(line + '\\n') at once, for each request"
            }
            Self::Go => "Go: os.Stdout has no buffer, a bufio.Writer needs Flush() after each line",
            Self::Ruby => "Ruby: $stdout.sync = true at the start",
            Self::Perl => "Perl: $| = 1; at the start",
            Self::Java => "Java: flush() after each line, or new PrintStream(System.out, true, …)",
            Self::DotNet => "C#: AutoFlush = true on the StreamWriter",
            Self::Unknown => {
                "for example Python: flush=True; Ruby: $stdout.sync = true; Perl: $| = 1; C: \
                 fflush(stdout)"
            }
        }
    }

    /// How requests are read one at a time.
    pub(super) const fn read(self) -> &'static str {
        match self {
            Self::Php => "PHP: while (($line = fgets(STDIN)) !== false), no file_get_contents",
            Self::Python => "Python: for line in sys.stdin.buffer, no read() or readlines()",
            Self::JavaScript => {
                "JavaScript: process.stdin.on('data', …) split at '\\n', no readFileSync(0)"
            }
            Self::Go => "Go: bufio.Reader and ReadBytes('\\n'), no io.ReadAll",
            Self::Ruby => "Ruby: $stdin.each_line, no $stdin.read",
            Self::Perl => "Perl: while (my $line = <STDIN>), no list of all lines",
            Self::Java => "Java: BufferedReader.readLine() in a loop, no readAllBytes()",
            Self::DotNet => "C#: ReadLine() in a loop, no ReadToEnd()",
            Self::Unknown => "read one line, answer it, read the next, until the input ends",
        }
    }

    /// How JSON is written on one line.
    pub(super) const fn compact(self) -> &'static str {
        match self {
            Self::Php => "PHP: json_encode without JSON_PRETTY_PRINT",
            Self::Python => "Python: json.dumps without indent",
            Self::JavaScript => "JavaScript: JSON.stringify(reply), without a third argument",
            Self::Go => "Go: json.Marshal, not json.MarshalIndent; no SetIndent",
            Self::Ruby => "Ruby: JSON.generate, not JSON.pretty_generate",
            Self::Perl => "Perl: no pretty and no indent on the JSON object",
            Self::Java => "Java: no setPrettyPrinting() in Gson, no INDENT_OUTPUT in Jackson",
            Self::DotNet => "C#: WriteIndented = false",
            Self::Unknown => "switch the JSON writer's indenting off",
        }
    }

    /// How one prints for people.
    pub(super) const fn print(self) -> &'static str {
        match self {
            Self::Php => {
                "PHP: fwrite(STDERR, …); warnings by ini_set('display_errors', 'stderr'), or php -d \
                 display_errors=stderr"
            }
            Self::Python => "Python: print(…, file=sys.stderr)",
            Self::JavaScript => "JavaScript: console.error, not console.log",
            Self::Go => "Go: fmt.Fprintln(os.Stderr, …), or the package log",
            Self::Ruby => "Ruby: warn, not puts",
            Self::Perl => "Perl: print STDERR, or warn",
            Self::Java => "Java: System.err, and a logger that does not write to the console",
            Self::DotNet => "C#: Console.Error",
            Self::Unknown => "print to standard error, and send the logger there",
        }
    }

    /// How both streams are made UTF-8.
    pub(super) const fn utf8(self) -> &'static str {
        match self {
            Self::Php => "PHP: texts are bytes already: no utf8_decode, no mb_convert_encoding",
            Self::Python => {
                "Python: json.loads of sys.stdin.buffer; sys.stdout.reconfigure(encoding='utf-8')"
            }
            Self::JavaScript => {
                "JavaScript: 'utf8' for both streams, not 'latin1'; decode whole lines, not chunks"
            }
            Self::Go => "Go: texts are UTF-8 already: convert nothing",
            Self::Ruby => "Ruby: $stdin and $stdout.set_encoding('UTF-8')",
            Self::Perl => {
                "Perl: JSON::PP->new->utf8 reads and writes bytes; between them utf8::encode a copy for the \
                 crypto, and utf8::decode what it opens"
            }
            Self::Java => {
                "Java: new InputStreamReader(System.in, StandardCharsets.UTF_8), and a PrintStream \
                 of that charset"
            }
            Self::DotNet => {
                "C#: open both streams with new UTF8Encoding(false), do not use Console.In and Out"
            }
            Self::Unknown => {
                "open both streams as UTF-8 by name: the default is the machine's encoding"
            }
        }
    }

    /// Where a byte order mark comes from.
    pub(super) const fn mark(self) -> &'static str {
        match self {
            Self::Php => {
                "PHP: save the file without a mark: whatever stands before <?php is printed"
            }
            Self::DotNet => "C#: new UTF8Encoding(false), Encoding.UTF8 writes one",
            Self::Python => "Python: the encoding is 'utf-8', not 'utf-8-sig'",
            _ => "open standard output as UTF-8 without a byte order mark",
        }
    }
}
