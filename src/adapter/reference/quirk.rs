//! What the reference adapter can do wrong other than a wrong derivation or a wrong blob.

use crate::named::named;

named! {
    /// A named misbehaviour of the reference adapter.
    #[non_exhaustive]
    pub enum Quirk {
        IgnoresTag = "ignores-tag": "Opens a blob without looking at its tag",
        ReleasesPlaintext = "releases-plaintext": "Refuses a wrong tag, with what it had decrypted in its message",
        OpensAnything = "opens-anything": "Opens whatever it has to refuse, to the text `null`: what failed is null, and made a text",
        TakesAnyKeyLength = "takes-any-key-length": "Fills a data key up to 32 bytes, or cuts it",
        RepairsUtf8 = "repairs-utf8": "Puts replacement characters where a plaintext is not UTF-8",
        EmptiesBadSalt = "empties-bad-salt": "Takes an empty salt for one that is not base64",
        FixedIv = "fixed-iv": "Seals with one and the same IV",
        CounterIv = "counter-iv": "Seals with an IV that counts up from a random start",
        IvPrefix = "iv-prefix": "Seals with an IV of which four bytes never change",
        IvAfterRestart = "iv-after-restart": "Draws IVs from a generator that starts alike in each process",
        AcceptsEmptyKey = "accepts-empty-key": "Lets the older cipher take an empty key",
        VerifyAlwaysTrue = "verify-always-true": "Verifies any proof",
        VerifyAlwaysFalse = "verify-always-false": "Verifies no proof",
        VerifyPrefix = "verify-prefix": "Compares as much of a proof as it is given",
        GenerateShortSalt = "generate-short-salt": "Generates salts of 8 bytes",
        GenerateConstantSalt = "generate-constant-salt": "Generates one and the same salt",
        GenerateSaltAfterRestart = "generate-salt-after-restart": "Generates salts from a generator that starts alike in each process",
        GenerateWrongCount = "generate-wrong-count": "Generates with 100,000 iterations",
        GenerateWrongProof = "generate-wrong-proof": "Generates a proof of another key",
        WrongId = "wrong-id": "Replies under another id",
        AnswersTwice = "answers-twice": "Replies twice",
        PrintsToStdout = "prints-to-stdout": "Prints a notice to standard output",
        CrashesOnLongKey = "crashes-on-long-key": "Dies of a key of more than 100 bytes",
        HangsOnLongKey = "hangs-on-long-key": "Never answers for a key of more than 100 bytes",
        HalfALine = "half-a-line": "Ends in the middle of a reply for a key of more than 100 bytes",
        TwoAnswers = "two-answers": "Replies with two kinds of answer at once for a key of more than 100 bytes",
        OversizedLine = "oversized-line": "Replies with a line of more than 16 MiB for a key of more than 100 bytes",
        EndsWithFailure = "ends-with-failure": "Exits with 1 after the end of input",
        DiesOnGarbage = "dies-on-garbage": "Dies of a line that is no request",
        ClaimsMissingOps = "claims-missing-ops": "Says that it has operations that it answers with `unsupported`",
        OkToUnknownOps = "ok-to-unknown-ops": "Answers operations that nobody knows",
        LeaksKey = "leaks-key": "Puts the key into a message",
        LeaksKeyBytes = "leaks-key-bytes": "Writes the bytes of the key to standard error, as a list of numbers",
        LeaksKeyPiece = "leaks-key-piece": "Writes the start of the key to standard error, in capitals",
        LeaksPaddedKey = "leaks-padded-key": "Writes the padded key to standard error, in base64",
        LeaksPlaintext = "leaks-plaintext": "Writes the plaintext to standard error",
        NormalisesLineEnds = "normalises-line-ends": "Turns CRLF into LF before it seals",
        DropsFinalNewline = "drops-final-newline": "Drops a line feed at the end before it seals",
        WrongClass = "wrong-class": "Calls each refusal malformed",
        AcceptsTruncated = "accepts-truncated": "Accepts a blob whose end is cut off",
    }
}
