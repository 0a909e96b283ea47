-- What the catalogue shows of an alt: a small PNG that the panel has drawn anew itself.

ALTER TABLE "Alt" ADD COLUMN "icon" BYTEA;
ALTER TABLE "Alt" ADD COLUMN "iconHash" TEXT;
