//! What a client of the API can do wrong.

use crate::named::named;

named! {
    /// A named mistake of the reference adapter in its operations of a client.
    #[non_exhaustive]
    pub enum Slip {
        SendsPassphrase = "sends-passphrase": "Sends the passphrase with each write",
        SendsDataKey = "sends-data-key": "Sends the data key in place of the proof",
        SendsPlaintext = "sends-plaintext": "Stores the text itself in place of the blob",
        OmitsProof = "omits-proof": "Writes without a proof",
        SecretIdsAsNumbers = "secret-ids-as-numbers": "Sends ids of secrets as numbers",
        VersionIdsAsText = "version-ids-as-text": "Sends ids of versions as texts",
        IgnoresRemaining = "ignores-remaining": "Stops after the first batch of the history",
        StaleSalt = "stale-salt": "Remembers the descriptor of a project",
        DropsUnopened = "drops-unopened": "Passes over a version that it cannot open",
        LoopsForever = "loops-forever": "Asks for the history until none of it remains, whatever becomes of it",
        TrustsCustody = "trusts-custody": "Seals under whatever key the server hands out",
        RetriesRotation = "retries-rotation": "Sends a rotation again when there was no answer",
        IgnoresRetryAfter = "ignores-retry-after": "Sends a request again at once when it was one too many",
        OmitsAccept = "omits-accept": "Does not say what it accepts",
        BodyAsText = "body-as-text": "Sends a body as text",
        TypesNothing = "types-nothing": "Names a type where there is no body",
        AsksForVersion2 = "asks-for-version2": "Asks for version 2 of the API",
        DropsIterations = "drops-iterations": "Leaves the iterations out of the descriptor",
        ListsActiveKeyOnly = "lists-active-key-only": "Lists the active key only",
        SendsPolicyUnasked = "sends-policy-unasked": "Names a policy that nobody asked for",
        IgnoresLimit = "ignores-limit": "Asks for as many rows as the server gives",
        SendsNulls = "sends-nulls": "Sends what is not given as null",
        SwallowsRefusals = "swallows-refusals": "Calls done what the server refused",
        CreatesWithFewIterations = "creates-with-few-iterations": "Creates projects with 1000 iterations",
        CreatesWithOneSalt = "creates-with-one-salt": "Creates projects with one and the same salt",
        FixedIterations = "fixed-iterations": "Derives with 600,000 iterations, whatever the descriptor says",
        PadsServerKey = "pads-server-key": "Seals under the server's key itself, padded",
        PullsProjectOnly = "pulls-project-only": "Pulls the project's level only",
        PullsReadableOnly = "pulls-readable-only": "Leaves out of a pull what does not open",
        RotatesUnderOldKey = "rotates-under-old-key": "Rotates with blobs that are still under the old key",
        RotatesUnread = "rotates-unread": "Rotates with what it could not open, as it came",
        MovesLastKeyOnly = "moves-last-key-only": "Moves the versions of the last key only",
        TakesSilenceForSuccess = "takes-silence-for-success": "Takes no answer for a good one",
        IgnoresConflict = "ignores-conflict": "Takes a conflict for the end of the history",
        PushesWithoutKey = "pushes-without-key": "Seals under an empty key where none is given",
        TakesCutAnswer = "takes-cut-answer": "Takes an answer that is cut off for a good one",
        TrustsKeyVersion = "trusts-key-version": "Submits as it came what is said to be under the active key",
    }
}
