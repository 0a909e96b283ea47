-- Servers' logs by day: what is too old is dropped as a whole table, as with the samples of resources.
-- The day is that of a row's id (UUID v7: of the moment it was stored, for an event of the moment it
-- happened), so that an id stays the whole key. What is there becomes one partition as it is, and goes
-- when all of it is too old. That a console is stored once is what "Server"."consoleEnd" sees to.

CREATE FUNCTION "cap_first_id_of"(day DATE) RETURNS UUID LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day::TIMESTAMP) * 1000)::BIGINT), 12, '0') || repeat('0', 20))::UUID
$$;

-- Makes the partitions of today and the coming days (UTC); rows that waited in the default one move.
CREATE FUNCTION "cap_ensure_log_partitions"(days_ahead INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    today DATE := (now() AT TIME ZONE 'UTC')::DATE;
    first_id UUID;
    next_id UUID;
    name TEXT;
    made INTEGER := 0;
BEGIN
    FOR ahead IN 0..days_ahead LOOP
        name := 'ServerLog_' || to_char(today + ahead, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
        CONTINUE WHEN EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = '"ServerLog"'::regclass AND c.relname ~ '^ServerLog_until_[0-9]{8}$'
              AND right(c.relname, 8) > right(name, 8));
        first_id := "cap_first_id_of"(today + ahead);
        next_id := "cap_first_id_of"(today + ahead + 1);
        EXECUTE format('CREATE TABLE %I (LIKE "ServerLog" INCLUDING ALL)', name);
        EXECUTE format('WITH moved AS (DELETE FROM "ServerLog_default" WHERE "id" >= $1 AND "id" < $2 RETURNING *) INSERT INTO %I SELECT * FROM moved', name) USING first_id, next_id;
        EXECUTE format('ALTER TABLE "ServerLog" ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first_id, next_id);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drops whole days that are older than so many days.
CREATE FUNCTION "cap_drop_log_partitions"(keep_days INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    oldest TEXT := to_char((now() AT TIME ZONE 'UTC')::DATE - keep_days, 'YYYYMMDD');
    name TEXT;
    dropped INTEGER := 0;
BEGIN
    FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = '"ServerLog"'::regclass AND (
            c.relname ~ '^ServerLog_[0-9]{8}$' AND right(c.relname, 8) < oldest
            OR c.relname ~ '^ServerLog_until_[0-9]{8}$' AND right(c.relname, 8) <= oldest)
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- breaks: the release before refuses a console twice by a key that is gone; it stores none until it is replaced
-- locks: nobody reads or writes logs until the end: a second for each million rows
ALTER TABLE "ServerLog" RENAME TO "ServerLog_before";
ALTER TABLE "ServerLog_before" RENAME CONSTRAINT "ServerLog_pkey" TO "ServerLog_before_pkey";
DROP INDEX "ServerLog_createdAt_idx";
DROP INDEX "ServerLog_serverId_kind_start_key";
ALTER INDEX "ServerLog_install_idx" RENAME TO "ServerLog_before_install_idx";

CREATE TABLE "ServerLog" (LIKE "ServerLog_before" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY RANGE ("id");
ALTER TABLE "ServerLog" ADD CONSTRAINT "ServerLog_pkey" PRIMARY KEY ("id");
ALTER TABLE "ServerLog" ADD CONSTRAINT "ServerLog_serverId_fkey" FOREIGN KEY ("serverId")
    REFERENCES "Server"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "ServerLog_serverId_kind_start_idx" ON "ServerLog"("serverId", "kind", "start");
CREATE INDEX "ServerLog_install_idx" ON "ServerLog"("serverId", "at" DESC, "start" DESC) WHERE "kind" = 'INSTALL';
ALTER SEQUENCE "ServerLog_start_seq" OWNED BY "ServerLog"."start";
CREATE TABLE "ServerLog_default" PARTITION OF "ServerLog" DEFAULT;

-- locks: as above; ids that are not of a time before tomorrow wait in the default partition
DO $$
DECLARE
    tomorrow DATE := (now() AT TIME ZONE 'UTC')::DATE + 1;
    bound UUID := "cap_first_id_of"(tomorrow);
    name TEXT := 'ServerLog_until_' || to_char(tomorrow, 'YYYYMMDD');
BEGIN
    EXECUTE 'WITH moved AS (DELETE FROM "ServerLog_before" WHERE "id" >= $1 RETURNING *)
        INSERT INTO "ServerLog_default" SELECT * FROM moved' USING bound;
    IF EXISTS (SELECT FROM "ServerLog_before") THEN
        EXECUTE format('ALTER TABLE "ServerLog_before" RENAME TO %I', name);
        EXECUTE format('ALTER TABLE "ServerLog" ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', name, bound);
    ELSE
        DROP TABLE "ServerLog_before";
    END IF;
END $$;
SELECT "cap_ensure_log_partitions"(2);
