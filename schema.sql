-- The current schema of hcpcs-watch's database, version 2: the source of truth.
--
-- Conventions: dates are TEXT `YYYY-MM-DD`, inclusive at both ends; instants are TEXT RFC 3339 in UTC with
-- milliseconds (`2023-06-20T06:00:00.000Z`), so that text order is time order; quarters are `2023Q3`; hashes are
-- 64 lower-case hexadecimal digits; money and quantities are TEXT decimals, never REAL.
-- What was published, told or decided is never overwritten: triggers at the end see to it. What is derived from it names
-- releases without REFERENCES: it can be built anew, and a release is never deleted.
-- A change here needs a new, frozen step in src/store/migrate.rs.

------------------------------------------------------------------------------------------------ releases

-- One accepted posting of one source's file for one quarter. The same bytes may stand under two revisions: a file
-- that was replaced and then put back (A, B, A) is posted thrice, and the third is the one in force.
CREATE TABLE release (
    id            INTEGER PRIMARY KEY,
    source        TEXT NOT NULL CHECK (source IN ('hcpcs', 'asp-pricing', 'ndc-crosswalk', 'noc', 'purple-book')),
    quarter       TEXT NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
    origin        TEXT NOT NULL,             -- address, or path as given
    file_name     TEXT NOT NULL,
    member        TEXT NOT NULL,             -- main member of the zip, or the file itself
    etag          TEXT,                      -- for the next conditional request: a hint, not the truth
    last_modified TEXT,
    link_text     TEXT,                      -- what the landing page called it
    size          INTEGER NOT NULL,          -- bytes
    fetched_at    TEXT NOT NULL,
    loaded_at     TEXT NOT NULL,
    loaded_on     TEXT NOT NULL,             -- the practice's date, or --today: known from this day on
    rows          INTEGER NOT NULL,          -- usable rows
    UNIQUE (source, quarter, revision)
) STRICT;
CREATE INDEX release_by_origin ON release (origin);

-- The posting of each source and quarter that is in force.
CREATE VIEW newest_release AS
    SELECT * FROM release AS r
    WHERE revision = (SELECT max(revision) FROM release AS o WHERE o.source = r.source AND o.quarter = r.quarter);

-- Rows of an accepted file that could not be used, and why.
CREATE TABLE rejected_row (
    release_id INTEGER NOT NULL REFERENCES release (id),
    position   INTEGER NOT NULL,
    member     TEXT NOT NULL,
    line       INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (release_id, position)
) STRICT, WITHOUT ROWID;

-- How many rows of another kind were left out, such as five-digit CPT codes.
CREATE TABLE left_out (
    release_id INTEGER NOT NULL REFERENCES release (id),
    member     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    rows       INTEGER NOT NULL,
    PRIMARY KEY (release_id, member, kind)
) STRICT, WITHOUT ROWID;

-- A file that was refused; it never became a release. Resolved once a good file for its quarter is accepted.
CREATE TABLE refusal (
    id                   INTEGER PRIMARY KEY,
    source               TEXT NOT NULL,
    quarter              TEXT NOT NULL,
    sha256               TEXT NOT NULL,
    origin               TEXT NOT NULL,
    code                 TEXT NOT NULL,      -- diagnostic code, documented in docs/DIAGNOSTICS.md
    message              TEXT NOT NULL,
    first_seen           TEXT NOT NULL,      -- dates, so that a second run on a day changes nothing
    last_seen            TEXT NOT NULL,
    resolved_on          TEXT,
    resolved_by          INTEGER REFERENCES release (id),
    UNIQUE (source, quarter, sha256, code)
) STRICT;

------------------------------------------------------------------------------------------------ HCPCS

-- What was ever said of a code, each distinct content once, however many releases repeat it.
CREATE TABLE hcpcs_record (
    code                  TEXT NOT NULL,
    number                INTEGER NOT NULL,  -- from 0, in the order in which the contents of a code came
    digest                BLOB NOT NULL CHECK (length(digest) = 16),    -- of all columns but number and first_action
    long_description      TEXT NOT NULL,
    short_description     TEXT NOT NULL,
    cross_references      TEXT NOT NULL,     -- separated by blanks
    coverage              TEXT NOT NULL,
    add_date              TEXT,
    action_effective_date TEXT,
    termination_date      TEXT,
    first_action          TEXT,              -- the action code of the release that first held this content
    PRIMARY KEY (code, number)
) STRICT, WITHOUT ROWID;

-- Which release says what, on which line; the action code speaks of this release only.
CREATE TABLE release_record (
    release_id INTEGER NOT NULL REFERENCES release (id),
    code       TEXT NOT NULL,
    number     INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    action     TEXT,
    PRIMARY KEY (release_id, code, number),
    FOREIGN KEY (code, number) REFERENCES hcpcs_record (code, number)
) STRICT, WITHOUT ROWID;

-- Derived from the releases: when each code is valid and what it stands for then. Rebuilt code by code.
CREATE TABLE code_period (
    code                TEXT NOT NULL,
    position            INTEGER NOT NULL,    -- order in time, from 0
    valid_from          TEXT NOT NULL,
    valid_to            TEXT,                -- last usable day
    descriptor          TEXT NOT NULL,
    cross_references    TEXT NOT NULL,
    standing            TEXT NOT NULL CHECK (standing = 'published' OR standing = 'withdrawn' OR standing = 'missing'),
    first_release_id    INTEGER NOT NULL,
    first_line          INTEGER NOT NULL,
    first_text          TEXT,                -- null where it equals the descriptor
    changed_release_id  INTEGER NOT NULL,
    changed_line        INTEGER NOT NULL,
    changed_text        TEXT,                -- null where it equals the descriptor
    PRIMARY KEY (code, position)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------------------------------------ crosswalk, prices, names

-- What was ever said of an NDC under a code, each distinct content once. Of each pair that the postings in force list one
-- row speaks, the first line of the newest quarter: it bears where the pair was first and last listed, derived from these
-- postings; null in all other rows.
CREATE TABLE crosswalk_row (
    id                INTEGER PRIMARY KEY,
    digest            BLOB NOT NULL CHECK (length(digest) = 16),    -- of what follows, to bill_units and package_quantity
    ndc               TEXT NOT NULL,
    code              TEXT NOT NULL,
    short_description TEXT NOT NULL,
    labeler           TEXT NOT NULL,
    drug_name         TEXT NOT NULL,
    dosage            TEXT NOT NULL,
    bill_units        TEXT,
    package_quantity  TEXT,
    first_release_id  INTEGER,
    newest_release_id INTEGER,
    newest_line       INTEGER
) STRICT;

CREATE TABLE release_crosswalk (
    release_id INTEGER NOT NULL REFERENCES release (id),
    line       INTEGER NOT NULL,
    row_id     INTEGER NOT NULL REFERENCES crosswalk_row (id),
    PRIMARY KEY (release_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_limit (
    code              TEXT NOT NULL,
    release_id        INTEGER NOT NULL REFERENCES release (id),
    line              INTEGER NOT NULL,
    short_description TEXT NOT NULL,
    dosage            TEXT NOT NULL,
    payment_limit     TEXT,                  -- dollars for one billing unit; null is "none this quarter", not zero
    notes             TEXT NOT NULL,
    PRIMARY KEY (code, release_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE noc_price (
    release_id    INTEGER NOT NULL REFERENCES release (id),
    member        TEXT NOT NULL,
    line          INTEGER NOT NULL,
    drug_name     TEXT NOT NULL,
    dosage        TEXT NOT NULL,
    payment_limit TEXT,
    notes         TEXT NOT NULL,
    PRIMARY KEY (release_id, member, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE noc_product (
    release_id   INTEGER NOT NULL REFERENCES release (id),
    member       TEXT NOT NULL,
    line         INTEGER NOT NULL,
    generic_name TEXT NOT NULL,
    labeler      TEXT NOT NULL,
    ndc          TEXT NOT NULL,
    drug_name    TEXT NOT NULL,
    dosage       TEXT NOT NULL,
    PRIMARY KEY (release_id, member, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE purple_book_product (
    release_id            INTEGER NOT NULL REFERENCES release (id),
    line                  INTEGER NOT NULL,
    brands                TEXT NOT NULL,     -- JSON array
    proper_name           TEXT NOT NULL,
    route                 TEXT NOT NULL,
    applicant             TEXT NOT NULL,
    bla_number            TEXT NOT NULL,
    bla_type              TEXT NOT NULL,
    approved_on           TEXT,
    first_licensed_on     TEXT,
    reference_proper_name TEXT,
    marketing_status      TEXT NOT NULL,
    PRIMARY KEY (release_id, line)
) STRICT, WITHOUT ROWID;

------------------------------------------------------------------------------------------------ the practice's list

CREATE TABLE drug (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice
    brand        TEXT,
    proper_name  TEXT,
    noc_code     TEXT NOT NULL,
    route        TEXT,
    setting      TEXT CHECK (setting IN ('office', 'opps')),
    manufacturer TEXT,
    dose         TEXT,
    started_on   TEXT,
    notes        TEXT,
    identity_key TEXT NOT NULL UNIQUE,                -- by which a line of the list finds its drug again
    listed_on    TEXT NOT NULL,
    retired_on   TEXT,                                -- null while watched
    origin       TEXT NOT NULL CHECK (origin IN ('file', 'command'))
) STRICT;

CREATE TABLE drug_ndc (
    drug_id INTEGER NOT NULL REFERENCES drug (id),
    ndc     TEXT NOT NULL,
    PRIMARY KEY (drug_id, ndc)
) STRICT, WITHOUT ROWID;
CREATE INDEX drug_ndc_by_ndc ON drug_ndc (ndc);

-- What was decided of a drug and a code. Append-only; a later decision supersedes the earlier one.
CREATE TABLE drug_match (
    id            INTEGER PRIMARY KEY,
    drug_id       INTEGER NOT NULL REFERENCES drug (id),
    code          TEXT NOT NULL,
    valid_from    TEXT NOT NULL,                      -- of the code's period: codes are reused
    decision      TEXT NOT NULL CHECK (decision IN ('confirmed', 'review', 'rejected')),
    match_kind    TEXT,
    reason        TEXT NOT NULL,
    decided_on    TEXT NOT NULL,                      -- the day in the practice's time zone
    decided_at    TEXT NOT NULL,
    decided_by    TEXT NOT NULL,                      -- 'rule' or a person's name
    note          TEXT,
    superseded_at TEXT
) STRICT;
CREATE UNIQUE INDEX drug_match_current ON drug_match (drug_id, code, valid_from) WHERE superseded_at IS NULL;

CREATE TABLE match_evidence (
    match_id INTEGER NOT NULL REFERENCES drug_match (id),
    position INTEGER NOT NULL,
    source   TEXT NOT NULL,
    quarter  TEXT,
    revision INTEGER NOT NULL,
    member   TEXT NOT NULL,
    line     INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (match_id, position)
) STRICT, WITHOUT ROWID;

-- Which drugs cannot be looked up, and since when. A later row takes the place of an earlier one; no reason: it can again.
CREATE TABLE blind_spot (
    id      INTEGER PRIMARY KEY,
    drug_id INTEGER NOT NULL REFERENCES drug (id),
    on_day  TEXT NOT NULL,                            -- the day in the practice's time zone
    at      TEXT NOT NULL,
    reason  TEXT
) STRICT;

------------------------------------------------------------------------------------------------ payers

-- What a payer does otherwise than CMS. Append-only; a later rule on the same payer, drug and kind ends the earlier.
CREATE TABLE payer_rule (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    payer        TEXT NOT NULL,                       -- as written
    payer_key    TEXT NOT NULL,                       -- letters and digits, lower case: by which it is found
    drug_id      INTEGER REFERENCES drug (id),        -- null: every drug
    kind         TEXT NOT NULL CHECK (kind IN ('code-from', 'pin')),
    code         TEXT,                                -- of a pin: what the payer stays on
    code_from    TEXT,                                -- the payer's own first date of service for the code
    review_on    TEXT,
    reason       TEXT NOT NULL,
    source       TEXT NOT NULL,
    by           TEXT NOT NULL,
    at           TEXT NOT NULL,
    ended_at     TEXT,
    ended_by     TEXT,
    ended_reason TEXT,
    CHECK ((kind = 'pin') = (code IS NOT NULL) AND (kind = 'code-from') = (code_from IS NOT NULL)),
    CHECK (kind <> 'pin' OR (drug_id IS NOT NULL AND review_on IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX payer_rule_in_force ON payer_rule (payer_key, coalesce(drug_id, 0), kind) WHERE ended_at IS NULL;

------------------------------------------------------------------------------------------------ alerts

CREATE TABLE alert (
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint           TEXT NOT NULL UNIQUE,       -- drug, kind and code period or candidates: told once
    kind                  TEXT NOT NULL,
    drug_id               INTEGER NOT NULL REFERENCES drug (id),
    from_code             TEXT NOT NULL,
    to_code               TEXT,
    effective_date        TEXT,
    end_date              TEXT,
    billing_unit          TEXT,
    previous_billing_unit TEXT,
    descriptor            TEXT,
    decision              TEXT NOT NULL CHECK (decision IN ('confirmed', 'review')),
    match_kind            TEXT,
    reason                TEXT NOT NULL,
    raised_on             TEXT NOT NULL
) STRICT;
CREATE INDEX alert_by_drug ON alert (drug_id);

CREATE TABLE alert_evidence (
    alert_id INTEGER NOT NULL REFERENCES alert (id),
    position INTEGER NOT NULL,
    source   TEXT NOT NULL,
    quarter  TEXT,
    revision INTEGER NOT NULL,
    member   TEXT NOT NULL,
    line     INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (alert_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_candidate (
    alert_id      INTEGER NOT NULL REFERENCES alert (id),
    position      INTEGER NOT NULL,
    code          TEXT NOT NULL,
    valid_from    TEXT NOT NULL,
    descriptor    TEXT NOT NULL,
    open_question TEXT NOT NULL,
    PRIMARY KEY (alert_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE acknowledgement (
    alert_id INTEGER PRIMARY KEY REFERENCES alert (id),
    by       TEXT NOT NULL,
    at       TEXT NOT NULL,
    note     TEXT
) STRICT;

-- The name of this database, made once: Message-IDs, mail threads and calendar events carry it, so that they stay the
-- same when the file or the sender moves.
CREATE TABLE installation (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
) STRICT;
INSERT INTO installation (id, name) VALUES (1, lower(hex(randomblob(8))));

-- The outbox. The Message-ID, the words and the attachments are fixed when the message is queued; only its state
-- changes: docs/DELIVERY.md.
CREATE TABLE message (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id      TEXT NOT NULL UNIQUE,             -- RFC 5322 Message-ID
    recipient       TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('digest', 'still-open', 'quiet', 'operator')),
    day             TEXT NOT NULL,                    -- the practice's date it was queued for
    subject         TEXT NOT NULL,
    thread          TEXT NOT NULL,                    -- References, separated by blanks
    text            TEXT NOT NULL,
    html            TEXT,
    created_at      TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_attempt_at TEXT,
    next_attempt_at TEXT,                             -- null: at once
    last_error      TEXT,
    sent_at         TEXT,
    place           TEXT                              -- where it went: the server's answer, or the .eml file
) STRICT;
CREATE INDEX message_open ON message (next_attempt_at) WHERE status = 'queued';
-- What became of each message, without reading its words, which stand before it in the table.
CREATE INDEX message_state ON message (recipient, kind, created_at, status, sent_at);

CREATE TABLE message_alert (
    alert_id   INTEGER NOT NULL REFERENCES alert (id),
    message_id INTEGER NOT NULL REFERENCES message (id),
    telling    TEXT NOT NULL CHECK (telling IN ('news', 'still-open')),
    PRIMARY KEY (alert_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_attachment (
    message_id   INTEGER NOT NULL REFERENCES message (id),
    position     INTEGER NOT NULL,
    file_name    TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content      BLOB NOT NULL,
    PRIMARY KEY (message_id, position)
) STRICT;

-- What the operator was told of: once when it arises, once when it is mended.
CREATE TABLE trouble (
    id        INTEGER PRIMARY KEY,
    key       TEXT NOT NULL,                          -- by which the same trouble is known again
    title     TEXT NOT NULL,
    once_over TEXT NOT NULL,                          -- the line that will say it is mended
    since     TEXT NOT NULL,
    mended_on TEXT
) STRICT;
CREATE UNIQUE INDEX trouble_open ON trouble (key) WHERE mended_on IS NULL;

------------------------------------------------------------------------------------------------ log and runs

-- What was told, sent, acknowledged, decided and changed. Each row's hash covers the row and the hash before it.
CREATE TABLE event (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            TEXT NOT NULL,
    day           TEXT NOT NULL,                      -- the practice's date, or --today
    actor         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    subject       TEXT NOT NULL,
    detail        TEXT NOT NULL CHECK (json_valid(detail)),
    previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
    hash          TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;

CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    started_at  TEXT NOT NULL,
    today       TEXT NOT NULL,
    finished_at TEXT,
    exit_code   INTEGER,
    summary     TEXT CHECK (summary IS NULL OR json_valid(summary))
) STRICT;

------------------------------------------------------------------------------------------------ nothing is overwritten

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'the event log is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'the event log is append-only'); END;

CREATE TRIGGER release_no_update BEFORE UPDATE ON release
BEGIN SELECT raise(ABORT, 'releases are append-only'); END;
CREATE TRIGGER release_no_delete BEFORE DELETE ON release
BEGIN SELECT raise(ABORT, 'releases are append-only'); END;

CREATE TRIGGER hcpcs_record_no_update BEFORE UPDATE ON hcpcs_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;
CREATE TRIGGER hcpcs_record_no_delete BEFORE DELETE ON hcpcs_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;

CREATE TRIGGER release_record_no_update BEFORE UPDATE ON release_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;
CREATE TRIGGER release_record_no_delete BEFORE DELETE ON release_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;

CREATE TRIGGER crosswalk_row_words_stay
BEFORE UPDATE OF id, digest, ndc, code, short_description, labeler, drug_name, dosage, bill_units, package_quantity
ON crosswalk_row
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;
CREATE TRIGGER crosswalk_row_no_delete BEFORE DELETE ON crosswalk_row
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;

CREATE TRIGGER release_crosswalk_no_update BEFORE UPDATE ON release_crosswalk
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;
CREATE TRIGGER release_crosswalk_no_delete BEFORE DELETE ON release_crosswalk
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;

CREATE TRIGGER payment_limit_no_update BEFORE UPDATE ON payment_limit
BEGIN SELECT raise(ABORT, 'payment limits are append-only'); END;
CREATE TRIGGER payment_limit_no_delete BEFORE DELETE ON payment_limit
BEGIN SELECT raise(ABORT, 'payment limits are append-only'); END;

CREATE TRIGGER purple_book_product_no_update BEFORE UPDATE ON purple_book_product
BEGIN SELECT raise(ABORT, 'products are append-only'); END;
CREATE TRIGGER purple_book_product_no_delete BEFORE DELETE ON purple_book_product
BEGIN SELECT raise(ABORT, 'products are append-only'); END;

CREATE TRIGGER drug_no_delete BEFORE DELETE ON drug
BEGIN SELECT raise(ABORT, 'drugs are retired, never deleted'); END;

CREATE TRIGGER drug_match_only_superseded
BEFORE UPDATE OF id, drug_id, code, valid_from, decision, match_kind, reason, decided_on, decided_at, decided_by, note ON drug_match
BEGIN SELECT raise(ABORT, 'decisions are superseded, never changed'); END;
CREATE TRIGGER drug_match_no_delete BEFORE DELETE ON drug_match
BEGIN SELECT raise(ABORT, 'decisions are superseded, never deleted'); END;

CREATE TRIGGER match_evidence_no_update BEFORE UPDATE ON match_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;
CREATE TRIGGER match_evidence_no_delete BEFORE DELETE ON match_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;

CREATE TRIGGER blind_spot_no_update BEFORE UPDATE ON blind_spot
BEGIN SELECT raise(ABORT, 'blind spots are append-only'); END;
CREATE TRIGGER blind_spot_no_delete BEFORE DELETE ON blind_spot
BEGIN SELECT raise(ABORT, 'blind spots are append-only'); END;

CREATE TRIGGER payer_rule_only_ended
BEFORE UPDATE OF id, payer, payer_key, drug_id, kind, code, code_from, review_on, reason, source, by, at ON payer_rule
BEGIN SELECT raise(ABORT, 'payer rules are ended, never changed'); END;
CREATE TRIGGER payer_rule_no_delete BEFORE DELETE ON payer_rule
BEGIN SELECT raise(ABORT, 'payer rules are ended, never deleted'); END;

CREATE TRIGGER alert_no_update BEFORE UPDATE ON alert
BEGIN SELECT raise(ABORT, 'alerts are append-only'); END;
CREATE TRIGGER alert_no_delete BEFORE DELETE ON alert
BEGIN SELECT raise(ABORT, 'alerts are append-only'); END;

CREATE TRIGGER alert_evidence_no_update BEFORE UPDATE ON alert_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;
CREATE TRIGGER alert_evidence_no_delete BEFORE DELETE ON alert_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;

CREATE TRIGGER acknowledgement_no_update BEFORE UPDATE ON acknowledgement
BEGIN SELECT raise(ABORT, 'acknowledgements are append-only'); END;
CREATE TRIGGER acknowledgement_no_delete BEFORE DELETE ON acknowledgement
BEGIN SELECT raise(ABORT, 'acknowledgements are append-only'); END;

CREATE TRIGGER message_words_stay
BEFORE UPDATE OF id, message_id, recipient, kind, day, subject, thread, text, html, created_at ON message
BEGIN SELECT raise(ABORT, 'a queued message is never rewritten'); END;
CREATE TRIGGER message_no_delete BEFORE DELETE ON message
BEGIN SELECT raise(ABORT, 'messages are never deleted'); END;
CREATE TRIGGER message_attachment_no_update BEFORE UPDATE ON message_attachment
BEGIN SELECT raise(ABORT, 'a queued message is never rewritten'); END;
CREATE TRIGGER message_attachment_no_delete BEFORE DELETE ON message_attachment
BEGIN SELECT raise(ABORT, 'messages are never deleted'); END;
