-- Versions of alts, and tags. A server whose "altVersion" is NULL is what its alt is, which is the newest
-- version: so no row has to be filled in, and what the release before makes and changes goes on as it was.

ALTER TABLE "Alt" ADD COLUMN "tags" TEXT[] DEFAULT ARRAY[]::TEXT[];
ALTER TABLE "Server" ADD COLUMN "altVersion" INTEGER;

CREATE TABLE "AltVersion" (
    "altId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "content" TEXT NOT NULL,
    "installScript" TEXT,
    "changes" JSONB NOT NULL DEFAULT '[]',
    "madeBy" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AltVersion_pkey" PRIMARY KEY ("altId","version")
);

-- locks: the table has some ten thousand rows, which takes a moment
CREATE INDEX "Server_altId_altVersion_idx" ON "Server"("altId", "altVersion");

-- What it served is served by the one above.
DROP INDEX "Server_altId_idx";

ALTER TABLE "AltVersion" ADD CONSTRAINT "AltVersion_altId_fkey" FOREIGN KEY ("altId") REFERENCES "Alt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- locks: the column is new and NULL in every row, so nothing is looked up
ALTER TABLE "Server" ADD CONSTRAINT "Server_altId_altVersion_fkey" FOREIGN KEY ("altId", "altVersion") REFERENCES "AltVersion"("altId", "version") ON DELETE NO ACTION ON UPDATE NO ACTION;
