import { Type } from '@sinclair/typebox'
import { Prisma } from '../db/generated/client.ts'
import { NameTaken } from '../errors.ts'

/** A name that people see: no control characters, no blanks around it. */
export const DisplayName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\p{C}\\s](?:[^\\p{C}]*[^\\p{C}\\s])?$'
})

/** What people write about a thing; it may have several lines. */
export const Description = Type.String({ maxLength: 2_000, pattern: '^[^\\u0000]*$' })

/** Turns the database's "there is one already" into the error that names it. */
export async function orNameTaken<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (err) {
    if (err instanceof Prisma.PrismaClientKnownRequestError && err.code === 'P2002') {
      throw new NameTaken(name)
    }
    throw err
  }
}
