-- Purpose: canonical forms that every compile.sql shares.

-- canonical_number(29.9500) -> 29.95, 34.0 -> 34: the shortest JSON number, at most 4 decimals
CREATE OR REPLACE TEMP MACRO canonical_number(x) AS
    CASE
        WHEN x IS NULL OR isnan(x::DOUBLE) OR isinf(x::DOUBLE) THEN NULL
        WHEN round(x::DOUBLE, 4) = trunc(x::DOUBLE) AND abs(x::DOUBLE) < 1e15 THEN trunc(x::DOUBLE)::BIGINT::VARCHAR
        ELSE round(x::DOUBLE, 4)::VARCHAR
    END::JSON;

-- no_nul(text): text without NUL characters, which the lake's statistics cannot hold
CREATE OR REPLACE TEMP MACRO no_nul(x) AS replace(x, chr(0), '');

-- attribute(codes, vals, 'url_key'): one custom attribute's text; no text is no value
CREATE OR REPLACE TEMP MACRO attribute(codes, vals, code) AS nullif(vals[list_position(codes, code)], '');

-- none_if_empty(list): the reference writes null, not [], where a list has no entry
CREATE OR REPLACE TEMP MACRO none_if_empty(x) AS CASE WHEN len(x) > 0 THEN x END;

-- sku_key(sku): how the store itself compares SKUs: without case, trailing spaces ignored
CREATE OR REPLACE TEMP MACRO sku_key(x) AS lower(rtrim(x));

-- as_flag('1' | 'true' | true | 1): the yes/no forms of the REST answers
CREATE OR REPLACE TEMP MACRO as_flag(x) AS
    CASE lower(x::VARCHAR) WHEN '1' THEN true WHEN 'true' THEN true WHEN '0' THEN false WHEN 'false' THEN false END;

-- in_place([{place, tie, entry}]): the entries in order of place, then tie (faster than an ordered aggregate)
CREATE OR REPLACE TEMP MACRO in_place(x) AS list_transform(list_sort(x), lambda y: y.entry);

-- number_text('1.0000') -> '1'
CREATE OR REPLACE TEMP MACRO number_text(x) AS canonical_number(TRY_CAST(x AS DOUBLE))::VARCHAR;

CREATE OR REPLACE TEMP MACRO option_uid(kind, a, b) AS base64((kind || '/' || a || '/' || b)::BLOB);
