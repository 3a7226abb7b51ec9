-- From version 1 to version 2. Frozen once version 2 is released.

CREATE INDEX message_state ON message (recipient, kind, created_at, status, sent_at);

-- The contents of a code are numbered: the key says which code, and no index beside it is needed.
CREATE TEMP TABLE old_record AS
    SELECT *, row_number() OVER (PARTITION BY code ORDER BY id) - 1 AS number FROM hcpcs_record;
CREATE TEMP TABLE old_line AS
    SELECT l.release_id, r.code, r.number, l.line, l.action
    FROM release_record AS l LEFT JOIN old_record AS r ON r.id = l.record_id;
DROP TABLE release_record;
DROP TABLE hcpcs_record;
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
CREATE TABLE release_record (
    release_id INTEGER NOT NULL REFERENCES release (id),
    code       TEXT NOT NULL,
    number     INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    action     TEXT,
    PRIMARY KEY (release_id, code, number),
    FOREIGN KEY (code, number) REFERENCES hcpcs_record (code, number)
) STRICT, WITHOUT ROWID;
INSERT INTO hcpcs_record
    SELECT code, number, digest, long_description, short_description, cross_references, coverage, add_date,
           action_effective_date, termination_date, first_action
    FROM old_record ORDER BY code, number;
INSERT INTO release_record SELECT * FROM old_line ORDER BY release_id, code, number;
DROP TABLE old_line;
DROP TABLE old_record;
CREATE TRIGGER hcpcs_record_no_update BEFORE UPDATE ON hcpcs_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;
CREATE TRIGGER hcpcs_record_no_delete BEFORE DELETE ON hcpcs_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;
CREATE TRIGGER release_record_no_update BEFORE UPDATE ON release_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;
CREATE TRIGGER release_record_no_delete BEFORE DELETE ON release_record
BEGIN SELECT raise(ABORT, 'records are append-only'); END;

-- The row that speaks for a pair bears its places. Rows are looked up by digest all at once, which needs no index.
CREATE TEMP TABLE old_row AS
    SELECT w.*, p.first_release_id, p.newest_release_id, p.newest_line
    FROM crosswalk_row AS w LEFT JOIN crosswalk_pair AS p ON p.row_id = w.id;
DROP TABLE crosswalk_pair;
DROP TABLE crosswalk_row;
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
INSERT INTO crosswalk_row SELECT * FROM old_row ORDER BY id;
DROP TABLE old_row;
CREATE TRIGGER crosswalk_row_words_stay
BEFORE UPDATE OF id, digest, ndc, code, short_description, labeler, drug_name, dosage, bill_units, package_quantity
ON crosswalk_row
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;
CREATE TRIGGER crosswalk_row_no_delete BEFORE DELETE ON crosswalk_row
BEGIN SELECT raise(ABORT, 'crosswalk rows are append-only'); END;

-- Derived rows name releases, which are never deleted, without a reference that each row is held against.
CREATE TEMP TABLE old_period AS SELECT * FROM code_period;
DROP TABLE code_period;
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
INSERT INTO code_period SELECT * FROM old_period ORDER BY code, position;
DROP TABLE old_period;

-- Which drugs cannot be looked up was not kept: the next run records it.
CREATE TABLE blind_spot (
    id      INTEGER PRIMARY KEY,
    drug_id INTEGER NOT NULL REFERENCES drug (id),
    on_day  TEXT NOT NULL,                            -- the day in the practice's time zone
    at      TEXT NOT NULL,
    reason  TEXT
) STRICT;
CREATE TRIGGER blind_spot_no_update BEFORE UPDATE ON blind_spot
BEGIN SELECT raise(ABORT, 'blind spots are append-only'); END;
CREATE TRIGGER blind_spot_no_delete BEFORE DELETE ON blind_spot
BEGIN SELECT raise(ABORT, 'blind spots are append-only'); END;

-- What a claim rests on is as append-only as the claim.
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

CREATE TRIGGER match_evidence_no_update BEFORE UPDATE ON match_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;
CREATE TRIGGER match_evidence_no_delete BEFORE DELETE ON match_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;

CREATE TRIGGER alert_evidence_no_update BEFORE UPDATE ON alert_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;
CREATE TRIGGER alert_evidence_no_delete BEFORE DELETE ON alert_evidence
BEGIN SELECT raise(ABORT, 'lines of evidence are append-only'); END;
