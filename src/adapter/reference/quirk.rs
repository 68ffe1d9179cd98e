//! What an adapter can get wrong other than a construction.

use clap::ValueEnum;

/// A named misbehaviour of the reference adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
#[non_exhaustive]
pub enum Quirk {
    /// Opens a blob without looking at its tag.
    IgnoresTag,
    /// Refuses a wrong tag, with what it had decrypted in its message.
    ReleasesPlaintext,
    /// Opens whatever it has to refuse, to the text `null`: what failed is null, and made a text.
    OpensAnything,
    /// Fills a data key up to 32 bytes, or cuts it.
    TakesAnyKeyLength,
    /// Puts replacement characters where a plaintext is not UTF-8.
    RepairsUtf8,
    /// Takes an empty salt for one that is not base64.
    EmptiesBadSalt,
    /// Seals with one and the same IV.
    FixedIv,
    /// Seals with an IV that counts up from a random start.
    CounterIv,
    /// Seals with an IV of which four bytes never change.
    IvPrefix,
    /// Draws IVs from a generator that starts alike in each process.
    IvAfterRestart,
    /// Lets the older cipher take an empty key.
    AcceptsEmptyKey,
    /// Verifies any proof.
    VerifyAlwaysTrue,
    /// Verifies no proof.
    VerifyAlwaysFalse,
    /// Compares as much of a proof as it is given.
    VerifyPrefix,
    /// Generates salts of 8 bytes.
    GenerateShortSalt,
    /// Generates one and the same salt.
    GenerateConstantSalt,
    /// Generates salts from a generator that starts alike in each process.
    GenerateSaltAfterRestart,
    /// Generates with 100,000 iterations.
    GenerateWrongCount,
    /// Generates a proof of another key.
    GenerateWrongProof,
    /// Replies under another id.
    WrongId,
    /// Replies twice.
    AnswersTwice,
    /// Prints a notice to standard output.
    PrintsToStdout,
    /// Dies of a key of more than 100 bytes.
    CrashesOnLongKey,
    /// Never answers for a key of more than 100 bytes.
    HangsOnLongKey,
    /// Ends in the middle of a reply for a key of more than 100 bytes.
    HalfALine,
    /// Replies with two kinds of answer at once for a key of more than 100 bytes.
    TwoAnswers,
    /// Replies with a line of more than 16 MiB for a key of more than 100 bytes.
    OversizedLine,
    /// Exits with 1 after the end of input.
    EndsWithFailure,
    /// Dies of a line that is no request.
    DiesOnGarbage,
    /// Says that it has operations that it answers with `unsupported`.
    ClaimsMissingOps,
    /// Answers operations that nobody knows.
    OkToUnknownOps,
    /// Puts the key into a message.
    LeaksKey,
    /// Writes the bytes of the key to standard error, as a list of numbers.
    LeaksKeyBytes,
    /// Writes the start of the key to standard error, in capitals.
    LeaksKeyPiece,
    /// Writes the padded key to standard error, in base64.
    LeaksPaddedKey,
    /// Writes the plaintext to standard error.
    LeaksPlaintext,
    /// Turns CRLF into LF before it seals.
    NormalisesLineEnds,
    /// Drops a line feed at the end before it seals.
    DropsFinalNewline,
    /// Calls each refusal malformed.
    WrongClass,
    /// Accepts a blob whose end is cut off.
    AcceptsTruncated,
}
