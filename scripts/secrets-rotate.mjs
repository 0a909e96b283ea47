import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

process.exit(
  await databaseCommand({
    help: `npm run secrets:rotate [-- --show | --drop | --give-up KEY]

Makes a new key and seals with it all that the database keeps sealed: second factors, values of
variables, install scripts and kept answers. The keys are in ENCRYPTION_KEYS_FILE, or in
DATA_DIR/encryption-keys.json, and never in the database. It may run beside the panel, which takes the
new key for whatever it seals next, and may be ended at any time: run it again, and it goes on.

  --show          which keys there are, and what each of them seals
  --drop          deletes keys that the database does not need any more. Backups from before a rotation
                  need the old key: wait until none of them is kept
  --give-up KEY   for a key that is lost for good, so that the panel starts again. Values of variables it
                  sealed are the template's default again, install scripts fail until they are written
                  anew, and people with a second factor need a recovery code

Rotate when somebody may have read the keys file, when who had it leaves, and once a year. Save the file
after it, apart from the backups of the database: each is worth nothing without the other.`,
    options: {
      show: { type: 'boolean' },
      drop: { type: 'boolean' },
      'give-up': { type: 'string' }
    },
    async run({ database, values, config, panel, say, log }) {
      const { runRotateCommand } = await panel('secrets/rotate-command.js')
      say(database.where)
      await runRotateCommand({ url: database.url, config, values, say, log })
      return 0
    }
  })
)
