import type { Prisma } from '../generated/client.ts'

export type OwnAlt = Omit<Prisma.AltUncheckedCreateInput, 'ctrlId' | 'variables'> & {
  variables: OwnVariable[]
}

export type OwnVariable = Omit<Prisma.AltVariableUncheckedCreateInput, 'altId'> & {
  rules: string[]
}

export interface OwnCtrl {
  name: string
  description: string
  alts: OwnAlt[]
}

/** Nothing that would end a text within a game's own settings, or begin a further command there. */
const PLAIN_TEXT = 'regex:/^[^;"\\\\+]*$/'

export const serverName: OwnVariable = {
  name: 'Server name',
  envVariable: 'SERVER_NAME',
  description: 'What players read in the list of servers; without ; " \\ and +.',
  defaultValue: 'A Ctrl-Alt-Play server',
  rules: ['required', 'string', 'max:60', PLAIN_TEXT]
}

export function players(usual: number, most: number): OwnVariable {
  return {
    name: 'Players',
    envVariable: 'MAX_PLAYERS',
    description: `How many may play at a time, at most ${most}.`,
    defaultValue: String(usual),
    rules: ['required', 'integer', `between:1,${most}`]
  }
}

export const password: OwnVariable = {
  name: 'Password',
  envVariable: 'PASSWORD',
  description: 'Players are asked for it, one word; empty: anybody may join.',
  defaultValue: '',
  rules: ['nullable', 'string', 'max:60', PLAIN_TEXT, 'regex:/^\\S*$/']
}

export function adminPassword(description: string): OwnVariable {
  return {
    name: 'Administrator password',
    envVariable: 'ADMIN_PASSWORD',
    description,
    defaultValue: '',
    rules: ['nullable', 'string', 'max:60', PLAIN_TEXT, 'regex:/^\\S*$/']
  }
}

export const listed: OwnVariable = {
  name: 'Listed',
  envVariable: 'LISTED',
  description: '1: in the public list of servers; 0: only who knows the address finds it.',
  defaultValue: '0',
  rules: ['required', 'boolean']
}
