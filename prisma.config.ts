import { defineConfig } from 'prisma/config'

// Only the Prisma command line reads this file; the panel itself has its own config.ts.
// biome-ignore lint/style/noDefaultExport: Prisma looks for the default export.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations', seed: 'tsx prisma/seed.ts' },
  // biome-ignore lint/style/noProcessEnv: there is no config.ts at the root, and generating needs no database.
  datasource: { url: process.env.DATABASE_URL ?? '' }
})
