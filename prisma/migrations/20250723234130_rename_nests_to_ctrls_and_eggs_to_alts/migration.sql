-- Nests become Ctrls and eggs become Alts. Only names change: no row is written or lost.

-- RenameTable
ALTER TABLE "Nest" RENAME TO "Ctrl";
ALTER TABLE "Egg" RENAME TO "Alt";

-- RenameColumn
ALTER TABLE "Alt" RENAME COLUMN "nestId" TO "ctrlId";
ALTER TABLE "Server" RENAME COLUMN "eggId" TO "altId";

-- RenameConstraint
ALTER TABLE "Ctrl" RENAME CONSTRAINT "Nest_pkey" TO "Ctrl_pkey";
ALTER TABLE "Alt" RENAME CONSTRAINT "Egg_pkey" TO "Alt_pkey";
ALTER TABLE "Alt" RENAME CONSTRAINT "Egg_nestId_fkey" TO "Alt_ctrlId_fkey";
ALTER TABLE "Server" RENAME CONSTRAINT "Server_eggId_fkey" TO "Server_altId_fkey";

-- RenameIndex
ALTER INDEX "Nest_name_key" RENAME TO "Ctrl_name_key";
ALTER INDEX "Egg_nestId_name_key" RENAME TO "Alt_ctrlId_name_key";
ALTER INDEX "Server_eggId_idx" RENAME TO "Server_altId_idx";
