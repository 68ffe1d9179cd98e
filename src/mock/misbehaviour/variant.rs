//! Other conformant behaviours: for rows of `decisions.md` that are called free, another choice than the mock's own. No
//! suite may fail a server because of one.

use crate::named::named;

named! {
    /// A variant: the same contract, kept in another way.
    #[non_exhaustive]
    pub enum Variant with
    /// The row of `decisions.md` that leaves the choice.
    decision {
        UnauthenticatedWithoutCode = "unauthenticated-without-code": "A 401 is a `message` only, without WWW-Authenticate",
            "401";
        NotFoundWithoutCode = "not-found-without-code": "A 404 is a `message` only",
            "404 unknown project; other organization";
        ClientCustodyWithoutCode = "client-custody-without-code": "encryption-key/rotate on client custody is a 400 with a `message` only",
            "`encryption-key/rotate` on client custody";
        ServerCustodyInvalid = "server-custody-invalid": "What is for client custody is answered with 422 and an `errors` map under server custody",
            "`rotate-client-keys` on server custody; `pending` and submit there";
        ServerCustodyNothingPending = "server-custody-nothing-pending": "Under server custody nothing is pending, and that is no error",
            "`rotate-client-keys` on server custody; `pending` and submit there";
        IncompleteRotationInvalid = "incomplete-rotation-invalid": "A client rotation that is not complete is answered with 422 and an `errors` map",
            "`rotate-client-keys` completeness (§5.4)";
        HistoryNullMembers = "history-null-members": "The history sends null for what an entry does not have",
            "history: which optional members";
        HistoryWithoutProofs = "history-without-proofs": "The history shows no proofs, salts and iterations",
            "history: which optional members";
        VersionKeyNullMembers = "version-key-null-members": "GET versions sends null for what the version's key does not have",
            "history: which optional members";
        DescriptorIdAsNumber = "descriptor-id-as-number": "GET encryption-key sends `id` as a number",
            "GET encryption-key, envelope (C-2)";
        DescriptorIdNull = "descriptor-id-null": "GET encryption-key sends null for `id`",
            "GET encryption-key, envelope (C-2)";
        DescriptorDecimals = "descriptor-decimals": "GET encryption-key writes the numbers in its document as decimals, such as 1.0",
            "GET encryption-key, types (C-4)";
        WritesAnsweredAsCreated = "writes-answered-as-created": "What is done by a POST is answered with 201",
            "statuses of success (§1.4)";
        PendingNewestFirst = "pending-newest-first": "pending lists the newest version first",
            "`pending` (§7.2.5)";
        PendingRemainingBeyondPage = "pending-remaining-beyond-page": "pending does not count its own page among those that remain",
            "`pending` (§7.2.5)";
        PendingLimitClamped = "pending-limit-clamped": "pending takes a limit out of its range for the nearest one in it, and digits for a number",
            "`pending` (§7.2.5)";
        PendingSmallPages = "pending-small-pages": "pending gives no more than two rows, whatever the limit",
            "`pending` (§7.2.5)";
        SubmitUnknownIgnored = "submit-unknown-ignored": "submit passes over ids that it does not know",
            "submit: ids";
        SubmitMovedCounted = "submit-moved-counted": "submit counts versions that were moved already",
            "submit: ids";
        SubmitMovedRefused = "submit-moved-refused": "submit refuses versions that were moved already",
            "submit: ids";
        StaleProofMismatch = "stale-proof-mismatch": "submit answers a stale proof as it answers any wrong one",
            "submit: race (§7.2.7)";
        MissingProofMismatch = "missing-proof-mismatch": "A missing proof is answered as a wrong one",
            "missing `key_proof` (C-33)";
        MissingProofInvalid = "missing-proof-invalid": "A missing proof is answered with 422 and an `errors` map",
            "missing `key_proof` (C-33)";
        ConflictWithoutCode = "conflict-without-code": "A 409 is a `message` only",
            "409 (C-25)";
        SecretIdsAsNumbers = "secret-ids-as-numbers": "The ids of secrets are numbers",
            "secret ids (C-10)";
        SecretIdsAbsent = "secret-ids-absent": "The levels of GET secrets have no id, and no refusal names one",
            "secret ids (C-10)";
        FirstWriteIsAVersion = "first-write-is-a-version": "The first write of a level is kept as a version too",
            "versions of secrets (§3.7)";
        VersionsOldestFirst = "versions-oldest-first": "The versions of a level are listed oldest first",
            "versions of secrets (§3.7)";
        StrictContents = "strict-contents": "A content has to be a sealed blob",
            "content (C-27)";
        KeyVersionsWithGaps = "key-versions-with-gaps": "The versions of keys start at 3 and grow by 2",
            "key versions";
        RotationKeepsSalt = "rotation-keeps-salt": "A server rotation draws a new key and keeps the salt",
            "server rotation";
        RotationKeepsNoVersions = "rotation-keeps-no-versions": "A server rotation does not keep the blobs that it replaces as versions",
            "server rotation";
        ReEncryptByDefault = "re-encrypt-by-default": "A new project's setting is `re_encrypt`",
            "project's history-policy setting (§7.2.25)";
        SlidingWindows = "sliding-windows": "Limits count the requests of the last minute or hour, not of a fixed one",
            "rate limits";
        RotationsCountTwice = "rotations-count-twice": "A rotation also counts as a request of the minute",
            "rate limits";
        RateLimitedWithoutCode = "rate-limited-without-code": "A 429 is a `message` only",
            "rate limits";
        SameProofAccepted = "same-proof-accepted": "A client rotation to the very same proof, salt and iterations is accepted",
            "client rotation to the very same proof, salt and iterations";
        IterationsUnbounded = "iterations-unbounded": "A client's proof may have any number of iterations",
            "proof fields";
        OpaqueRefused = "opaque-refused": "Under server custody a blob that no key of the project opens is refused",
            "server custody: what a stored blob is under";
        KeepEndsPending = "keep-ends-pending": "After a client rotation with `keep` nothing older is pending",
            "`keep` on a client rotation (§7.2.8)";
        IdsOfEitherType = "ids-of-either-type": "Ids in requests may be text or numbers",
            "ids in requests";
        ApiKeyTokenText = "api-key-token-text": "An API key that is made or rotated is answered as the documentation says, with the token as text",
            "api-keys create and rotate (C-12, C-13)";
        ForceInQueryOnly = "force-in-query-only": "The deletion of a version is forced by the query only",
            "`force` on version delete";
        MalformedJsonInvalid = "malformed-json-invalid": "What is not JSON is answered with 422 and an `errors` map",
            "malformed JSON; wrong media type";
        UnknownMembersRefused = "unknown-members-refused": "A body with a member that is not known is refused",
            "unknown body fields";
        MethodsNotFound = "methods-not-found": "A method that a path does not have is answered as an unknown path",
            "methods, paths";
        ApiVersionIgnored = "api-version-ignored": "Any X-API-Version is taken for 1",
            "`X-API-Version`";
        InactiveNotFound = "inactive-not-found": "An organization that is not active is answered with 404",
            "non-active organization";
        OrganizationSpeltExactly = "organization-spelt-exactly": "An organization is found in the spelling of its id only, which is upper case",
            "organization id";
    }
}
