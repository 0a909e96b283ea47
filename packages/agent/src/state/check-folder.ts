import { access, constants } from 'node:fs/promises'
import { codeOf } from './atomic-file.ts'

/** Throws in words when the agent could not write down what it does: without that it may promise nothing. */
export async function checkStateFolder(stateDir: string): Promise<void> {
  await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK).catch(err => {
    throw new Error(
      `The agent cannot write to its state folder ${stateDir} (${codeOf(err)}): make it writable for the user that runs the agent, then start the agent again. Games run on.`,
      { cause: err }
    )
  })
}
